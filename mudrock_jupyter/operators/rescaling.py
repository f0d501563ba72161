"""Operators: rescaling."""
