"""Operators: saturation."""
