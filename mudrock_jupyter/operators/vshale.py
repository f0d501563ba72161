"""Operators: vshale."""
