-- A restored ledger: the copy of taken times is emptied and built anew by an operator's command (ADR 0028).
GRANT DELETE ON busy TO availability_ops;
