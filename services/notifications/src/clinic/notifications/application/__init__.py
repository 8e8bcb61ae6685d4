"""Reactions, the sender, staff commands, and the ports that they need."""
