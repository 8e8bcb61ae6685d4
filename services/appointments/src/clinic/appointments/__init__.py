"""The ledger: every fact about an appointment is an immutable event; state and views are folds of them."""
