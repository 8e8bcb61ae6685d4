-- A restored ledger: reminders are planned anew, and what tells of a lost state is suppressed, by an operator's command
-- (ADR 0028).
GRANT INSERT, UPDATE, DELETE ON appointments_to_remind, reminders TO notifications_ops;
GRANT UPDATE (state, reason) ON messages TO notifications_ops;
-- An operator may let a message not go; never let one go, or go again.
CREATE POLICY operators_only_suppress ON messages AS RESTRICTIVE FOR UPDATE TO notifications_ops
    USING (state IN ('queued', 'sending')) WITH CHECK (state = 'suppressed');
