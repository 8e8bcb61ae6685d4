"""PostgreSQL and the calls to availability and identity."""
