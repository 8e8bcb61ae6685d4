"""Pure rules of appointments and portal settings: what is decided, and what an event makes of the state."""
