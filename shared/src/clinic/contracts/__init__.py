"""The published language: every event, its version and its wire form."""
