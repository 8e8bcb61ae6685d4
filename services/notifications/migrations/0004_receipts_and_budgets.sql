-- What a provider says later of a message (F47), and daily budgets per practice and channel (ADR 22).

-- `delivered_at`: when the provider told of the delivery. `budgeted_on`: the practice's local day in whose budget the
-- message was last counted; tried again on that day it is not counted again.
ALTER TABLE messages ADD COLUMN delivered_at timestamptz;
ALTER TABLE messages ADD COLUMN budgeted_on date;

CREATE TABLE budgets_spent (
    practice_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    spent_on date NOT NULL,
    spent integer NOT NULL CHECK (spent > 0),
    PRIMARY KEY (practice_id, channel, spent_on)
);

ALTER TABLE budgets_spent ENABLE ROW LEVEL SECURITY;
ALTER TABLE budgets_spent FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON budgets_spent USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT, UPDATE ON budgets_spent TO notifications_worker;
GRANT SELECT ON budgets_spent TO notifications_ops;

-- The role of the process that faces the internet. A database of an earlier release lets it in only from here on.
DO $$ BEGIN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO notifications_webhooks', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO notifications_webhooks;
GRANT SELECT (practice_id, message_id, state, attempts, sent_at, delivered_at) ON messages TO notifications_webhooks;
GRANT UPDATE (state, reason, sent_at, delivered_at) ON messages TO notifications_webhooks;
