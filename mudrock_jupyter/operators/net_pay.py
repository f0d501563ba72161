"""Operators: net_pay."""
