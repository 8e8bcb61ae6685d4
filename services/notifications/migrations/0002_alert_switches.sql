-- Users' alert switches (F32), and alert e-mails as messages to a user.

-- A row for every saving: the newest one of a user holds. None is ever changed, so that an event is judged by the
-- switches that held when it was recorded, however late it is read; nobody is alerted to what was before they asked.
-- No row: everything is off. `any` includes one's own appointments. `within_hours` NULL: however far away.
CREATE TABLE alert_switches (
    practice_id uuid NOT NULL,
    user_id uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    email_change_own boolean NOT NULL,
    email_change_any boolean NOT NULL,
    email_cancel_own boolean NOT NULL,
    email_cancel_any boolean NOT NULL,
    in_app_change_others boolean NOT NULL,
    in_app_cancel_others boolean NOT NULL,
    within_hours integer CHECK (within_hours BETWEEN 1 AND 720),
    set_by uuid NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, user_id, number)
);

ALTER TABLE alert_switches ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_switches FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON alert_switches USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT ON alert_switches TO notifications_api;
GRANT SELECT ON alert_switches TO notifications_worker, notifications_ops;

-- A message with a `user_id` is an alert to that user; its `cause_id` is made of the event's and the user's id, so that
-- `messages_once` means once per event, recipient and channel for users as well. `client_id` is whom it is about.
ALTER TABLE messages ADD COLUMN user_id uuid;
-- Every row that there is met the constraint that goes, so it meets the one that comes: nothing needs validating.
-- squawk-ignore ban-drop-constraint
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
ALTER TABLE messages ADD CONSTRAINT messages_kind_and_recipient CHECK (
    (user_id IS NULL AND kind IN ('confirmation', 'changed', 'cancelled'))
    OR (user_id IS NOT NULL AND kind IN ('alert_changed', 'alert_cancelled') AND channel = 'email')
) NOT VALID;
