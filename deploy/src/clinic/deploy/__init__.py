"""Runs the whole product on one machine: private servers, supervisor, demo."""
