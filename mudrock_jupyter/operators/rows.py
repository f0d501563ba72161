"""Operators: rows."""
