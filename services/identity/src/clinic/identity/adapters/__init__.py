"""Every SQL statement and every outside call of identity."""
