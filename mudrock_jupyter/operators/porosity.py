"""Operators: porosity."""
