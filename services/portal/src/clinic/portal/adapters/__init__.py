"""Calls to the four services."""
