"""Processes: the HTTP API and the worker."""
