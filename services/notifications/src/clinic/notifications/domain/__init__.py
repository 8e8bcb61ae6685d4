"""Pure rules: what is told to whom, when it is too late, how a text is filled in."""
