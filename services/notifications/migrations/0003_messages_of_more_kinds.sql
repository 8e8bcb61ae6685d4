-- Sign-in messages (F9), reminders and other triggers (F44), texts of the practice's own (F43), copies to the next of kin
-- (F45), and what had been paid for what a client cancelled (F34).

-- A sign-in message is about no appointment and, as far as this service knows, about no client: `request_id` is all there is.
-- `recipient` is who of the client's side a message goes to. `wording` is the practice's text as it was when the message
-- was queued, with its variables unfilled; NULL is the built-in text.
-- The release before wrote and reads all of them for every kind that it knows; it knows no sign-in message.
-- squawk-ignore-file ban-drop-not-null
ALTER TABLE messages
    ALTER COLUMN appointment_id DROP NOT NULL,
    ALTER COLUMN client_id DROP NOT NULL,
    ALTER COLUMN revision DROP NOT NULL,
    ALTER COLUMN starts_at DROP NOT NULL,
    ALTER COLUMN ends_at DROP NOT NULL,
    ALTER COLUMN zone DROP NOT NULL;

ALTER TABLE messages
    ADD COLUMN request_id uuid,
    ADD COLUMN recipient text NOT NULL DEFAULT 'client',
    ADD COLUMN wording text,
    ADD COLUMN minutes_before integer,
    ADD COLUMN paid_pence bigint NOT NULL DEFAULT 0,
    ADD COLUMN currency text NOT NULL DEFAULT 'GBP';

-- Every row that there is met the constraint that goes, so it meets the one that comes: nothing needs validating.
-- squawk-ignore ban-drop-constraint
ALTER TABLE messages DROP CONSTRAINT messages_kind_and_recipient;
ALTER TABLE messages ADD CONSTRAINT messages_kind_and_recipient CHECK (
    CASE
        WHEN request_id IS NOT NULL THEN
            kind = 'sign_in' AND recipient = 'client' AND user_id IS NULL AND appointment_id IS NULL
            AND client_id IS NULL AND starts_at IS NULL
        WHEN appointment_id IS NULL OR client_id IS NULL OR revision IS NULL OR starts_at IS NULL OR ends_at IS NULL
            OR zone IS NULL THEN false
        WHEN user_id IS NOT NULL THEN
            kind IN ('alert_changed', 'alert_cancelled') AND channel = 'email' AND recipient = 'client'
        ELSE
            kind IN ('confirmation', 'changed', 'cancelled', 'status_changed', 'reminder')
            AND recipient IN ('client', 'next_of_kin') AND (kind = 'reminder') = (minutes_before IS NOT NULL)
    END
) NOT VALID;

-- Once per event, person and channel: the copy to the next of kin is a message of its own.
-- squawk-ignore ban-drop-constraint
ALTER TABLE messages DROP CONSTRAINT messages_once;
-- A practice has thousands of messages, not millions: the lock is short.
-- squawk-ignore disallowed-unique-constraint, constraint-missing-not-valid
ALTER TABLE messages ADD CONSTRAINT messages_once UNIQUE (practice_id, cause_id, client_id, channel, recipient);
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX messages_sign_in_once ON messages (practice_id, request_id) WHERE request_id IS NOT NULL;

ALTER TABLE alerts
    ADD COLUMN paid_pence bigint NOT NULL DEFAULT 0,
    ADD COLUMN currency text NOT NULL DEFAULT 'GBP';

-- A row for every saving of a practice's triggers and texts (F43, F44), all of them in `settings`: the newest one holds, none
-- is ever changed, so that the history says who changed what. No row: the defaults. `set_by` NULL is an operator.
CREATE TABLE communications (
    practice_id uuid NOT NULL,
    version integer NOT NULL,
    settings jsonb NOT NULL,
    changed text[] NOT NULL,
    set_by uuid,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, version)
);

-- The appointments that reminders are planned for: a copy from the ledger's events, kept by a consumer of its own that began
-- at the ledger's first event. `taken_over`: known from another system's import alone (F49).
CREATE TABLE appointments_to_remind (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    appointment_type_id uuid NOT NULL,
    revision integer NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    takes_place boolean NOT NULL,
    taken_over boolean NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX appointments_to_remind_by_start ON appointments_to_remind (practice_id, starts_at);

-- Reminders that are planned and not yet due. A due one becomes a message and is gone from here, in one transaction.
CREATE TABLE reminders (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    minutes_before integer NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    due_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, appointment_id, starts_at, minutes_before, channel)
);
CREATE INDEX reminders_by_due ON reminders (practice_id, due_at);

-- The work list: readable across practices, so it holds nothing but when to look at a practice again. Its row is taken by
-- whoever plans, and by the saving of triggers: what is planned and what is saved are one after the other.
CREATE TABLE practices_with_reminders (
    practice_id uuid PRIMARY KEY,
    due_at timestamptz NOT NULL,
    plan_anew boolean NOT NULL DEFAULT false
);
CREATE INDEX practices_with_reminders_due ON practices_with_reminders (due_at);

ALTER TABLE communications ENABLE ROW LEVEL SECURITY;
ALTER TABLE communications FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON communications USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE appointments_to_remind ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointments_to_remind FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON appointments_to_remind USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE reminders ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminders FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON reminders USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT ON communications TO notifications_api, notifications_ops;
GRANT SELECT ON communications TO notifications_worker;

GRANT SELECT, INSERT, UPDATE, DELETE ON appointments_to_remind, reminders TO notifications_worker;
GRANT SELECT ON appointments_to_remind, reminders TO notifications_api, notifications_ops;

GRANT SELECT, INSERT, UPDATE ON practices_with_reminders TO notifications_api, notifications_worker, notifications_ops;
