"""Operators: zones."""
