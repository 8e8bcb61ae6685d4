"""Pure building blocks: no I/O, no framework, no clock."""
