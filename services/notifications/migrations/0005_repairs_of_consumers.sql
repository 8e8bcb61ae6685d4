-- A restored ledger: reminders are planned anew, and what tells of a lost state is suppressed, by an operator's command
-- (ADR 0028).
GRANT INSERT, UPDATE, DELETE ON appointments_to_remind, reminders TO notifications_ops;
GRANT UPDATE (state, reason) ON messages TO notifications_ops;
