"""What a page needs, joined from the services through ports."""
