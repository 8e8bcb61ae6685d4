"""Identity: practices, users, clients, links, sessions and personal-data keys."""
