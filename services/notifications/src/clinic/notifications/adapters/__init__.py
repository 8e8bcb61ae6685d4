"""PostgreSQL, mail and text providers, the other services."""
