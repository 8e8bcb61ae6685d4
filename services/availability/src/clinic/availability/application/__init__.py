"""One function per question and command, one reaction per foreign event."""
