-- A restored ledger: the copies of starts and switches are emptied and built anew by an operator's command (ADR 0028).
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_times_v1, portal_switches_v1 TO identity_ops;
