-- Views @2: rules and payments of appointments (F18, F34), who read a message and dealt with it (F33).
--
-- No release before this one recorded a status change, rules, a payment or anything about a message, so what a projector
-- would build for @2 from position 0 are the rows of @1 with nothing in the new columns. They are kept: no list is empty
-- while a projector catches up. `clinic projections rebuild --check` compares them with the events, as it always does.
-- To build @2 beside @1 and switch the readers is for a change whose rows differ (architecture.md section 5).
-- The processes of the release before must be stopped: they read @1.

-- squawk-ignore renaming-table
ALTER TABLE client_list_v1 RENAME TO client_list_v2;
-- squawk-ignore renaming-object
ALTER TABLE client_list_v2 RENAME CONSTRAINT client_list_v1_pkey TO client_list_v2_pkey;
-- squawk-ignore renaming-object
ALTER INDEX client_list_v1_client RENAME TO client_list_v2_client;

-- squawk-ignore renaming-table
ALTER TABLE clinician_diary_v1 RENAME TO clinician_diary_v2;
-- squawk-ignore renaming-object
ALTER TABLE clinician_diary_v2 RENAME CONSTRAINT clinician_diary_v1_pkey TO clinician_diary_v2_pkey;
-- squawk-ignore renaming-object
ALTER INDEX clinician_diary_v1_day RENAME TO clinician_diary_v2_day;

-- squawk-ignore renaming-table
ALTER TABLE appointment_history_v1 RENAME TO appointment_history_v2;
-- squawk-ignore renaming-object
ALTER TABLE appointment_history_v2 RENAME CONSTRAINT appointment_history_v1_pkey TO appointment_history_v2_pkey;
-- squawk-ignore renaming-object
ALTER INDEX appointment_history_v1_appointment RENAME TO appointment_history_v2_appointment;

-- squawk-ignore renaming-table
ALTER TABLE client_messages_v1 RENAME TO client_messages_v2;
-- squawk-ignore renaming-object
ALTER TABLE client_messages_v2 RENAME CONSTRAINT client_messages_v1_pkey TO client_messages_v2_pkey;
-- squawk-ignore renaming-object
ALTER INDEX client_messages_v1_client RENAME TO client_messages_v2_client;

ALTER TABLE client_list_v2 ADD COLUMN rules text;
ALTER TABLE client_list_v2 ADD COLUMN paid_pence bigint NOT NULL DEFAULT 0;
ALTER TABLE client_list_v2 ADD COLUMN refunded_pence bigint NOT NULL DEFAULT 0;
ALTER TABLE client_list_v2 ADD COLUMN currency text NOT NULL DEFAULT '';

ALTER TABLE clinician_diary_v2 ADD COLUMN rules text;
ALTER TABLE clinician_diary_v2 ADD COLUMN paid_pence bigint NOT NULL DEFAULT 0;
ALTER TABLE clinician_diary_v2 ADD COLUMN refunded_pence bigint NOT NULL DEFAULT 0;
ALTER TABLE clinician_diary_v2 ADD COLUMN currency text NOT NULL DEFAULT '';

ALTER TABLE client_messages_v2 ADD COLUMN dealt_with_by uuid;
ALTER TABLE client_messages_v2 ADD COLUMN dealt_with_at timestamptz;
ALTER TABLE client_messages_v2 ADD COLUMN read_by uuid[] NOT NULL DEFAULT '{}';
ALTER TABLE client_messages_v2 ADD COLUMN read_at timestamptz[] NOT NULL DEFAULT '{}';
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX client_messages_v2_practice ON client_messages_v2 (practice_id, position);

-- How far the rows are, and what was parked, go with them. The owner is under the policies too; for this transaction not.
ALTER TABLE consumer_attempts NO FORCE ROW LEVEL SECURITY;
ALTER TABLE parked_events NO FORCE ROW LEVEL SECURITY;
UPDATE consumer_checkpoints SET consumer = replace(consumer, '@1', '@2')
WHERE consumer IN ('client_list@1', 'clinician_diary@1', 'appointment_history@1', 'client_messages@1');
UPDATE consumer_attempts SET consumer = replace(consumer, '@1', '@2')
WHERE consumer IN ('client_list@1', 'clinician_diary@1', 'appointment_history@1', 'client_messages@1');
UPDATE parked_events SET consumer = replace(consumer, '@1', '@2')
WHERE consumer IN ('client_list@1', 'clinician_diary@1', 'appointment_history@1', 'client_messages@1');
ALTER TABLE consumer_attempts FORCE ROW LEVEL SECURITY;
ALTER TABLE parked_events FORCE ROW LEVEL SECURITY;

-- squawk-ignore ban-drop-table
DROP TABLE rebuild.client_list_v1;
CREATE UNLOGGED TABLE rebuild.client_list_v2 (LIKE public.client_list_v2 INCLUDING ALL);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.clinician_diary_v1;
CREATE UNLOGGED TABLE rebuild.clinician_diary_v2 (LIKE public.clinician_diary_v2 INCLUDING ALL);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.appointment_history_v1;
CREATE UNLOGGED TABLE rebuild.appointment_history_v2 (LIKE public.appointment_history_v2 INCLUDING ALL);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.client_messages_v1;
CREATE UNLOGGED TABLE rebuild.client_messages_v2 (LIKE public.client_messages_v2 INCLUDING ALL);

DO $$
DECLARE
    practice_table regclass;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['rebuild.client_list_v2', 'rebuild.clinician_diary_v2',
        'rebuild.appointment_history_v2', 'rebuild.client_messages_v2']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('CREATE POLICY one_practice ON %s USING (practice_id = current_practice())
            WITH CHECK (practice_id = current_practice())', practice_table);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON rebuild.client_list_v2, rebuild.clinician_diary_v2,
    rebuild.appointment_history_v2, rebuild.client_messages_v2 TO appointments_ops;
