"""Tamper evidence (F51): the sealer, its heads, and what verifies and proves with them (ADR 0031)."""
