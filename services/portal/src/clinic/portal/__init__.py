"""The web gateway: client pages and staff pages. It owns no database."""
