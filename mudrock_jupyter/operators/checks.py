"""Operators: checks."""
