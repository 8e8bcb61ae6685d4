"""Command handlers, queries and projections: what happens in which order, through ports."""
