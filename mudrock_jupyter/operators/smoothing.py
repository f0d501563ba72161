"""Operators: smoothing."""
