"""What identity does for its callers: one function per command, one reaction per foreign event."""
