"""Operators: permeability."""
