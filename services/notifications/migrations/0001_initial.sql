-- Messages to clients (F44-F48), in-app alerts to staff (F31), and which practices have something to send.

-- A message is an intention first: `cause_id` is the event's or the staff member's command's id. `revision` is the
-- appointment's revision that it tells of; `number` is its place in the order of its address. `subject` and `body` are
-- kept without the client's name and without the link. `handed_over_at` is set just before a provider hears of it:
-- an expired lease after that moment is `unknown`, before it the message is simply queued again.
CREATE TABLE messages (
    practice_id uuid NOT NULL,
    message_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    cause_id uuid NOT NULL,
    resend_of uuid,
    kind text NOT NULL CHECK (kind IN ('confirmation', 'changed', 'cancelled')),
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    revision integer NOT NULL,
    old_starts_at timestamptz,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    requested_by uuid,
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'suppressed')),
    reason text,
    subject text NOT NULL,
    body text,
    attempts integer NOT NULL DEFAULT 0,
    queued_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    not_after timestamptz NOT NULL,
    lease_id uuid,
    leased_until timestamptz,
    handed_over_at timestamptz,
    sent_at timestamptz,
    provider_reference text,
    PRIMARY KEY (practice_id, message_id),
    CONSTRAINT messages_once UNIQUE (practice_id, cause_id, client_id, channel)
);
CREATE INDEX messages_open ON messages (practice_id, appointment_id, client_id, channel, number)
    WHERE state IN ('queued', 'sending');
CREATE INDEX messages_of_client ON messages (practice_id, client_id, number DESC);
CREATE INDEX messages_of_appointment ON messages (practice_id, appointment_id, number DESC);

-- The work list: readable across practices, so it holds nothing but when to look at a practice again.
CREATE TABLE practices_with_messages (
    practice_id uuid PRIMARY KEY,
    due_at timestamptz NOT NULL
);
CREATE INDEX practices_with_messages_due ON practices_with_messages (due_at);

CREATE TABLE alerts (
    practice_id uuid NOT NULL,
    alert_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    event_id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('rescheduled', 'cancelled')),
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    old_starts_at timestamptz,
    starts_at timestamptz NOT NULL,
    zone text NOT NULL,
    message_id uuid,
    happened_at timestamptz NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (practice_id, alert_id),
    CONSTRAINT alerts_once UNIQUE (practice_id, event_id, user_id)
);
CREATE INDEX alerts_of_user ON alerts (practice_id, user_id, number DESC);
CREATE INDEX alerts_unread ON alerts (practice_id, user_id) WHERE read_at IS NULL;

ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON messages USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alerts FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON alerts USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT ON messages TO notifications_api;
GRANT UPDATE (due_at) ON messages TO notifications_api;
GRANT SELECT, INSERT, UPDATE ON messages TO notifications_worker;
GRANT SELECT ON messages TO notifications_ops;

GRANT SELECT, INSERT, UPDATE ON practices_with_messages TO notifications_api, notifications_worker;
GRANT SELECT ON practices_with_messages TO notifications_ops;

GRANT SELECT ON alerts TO notifications_api, notifications_ops;
GRANT UPDATE (read_at) ON alerts TO notifications_api;
GRANT SELECT, INSERT ON alerts TO notifications_worker;
