"""Pure rules of time: no I/O, no framework, no clock. Instants are whole UTC minutes since 1970."""
