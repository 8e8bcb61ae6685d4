-- Versions of a view beside each other (ADR 0029): which one is read, which ones are built.
CREATE TABLE view_versions (
    view text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'in use', 'retired', 'held', 'dropped')),
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (view, version)
);
CREATE UNIQUE INDEX view_versions_in_use ON view_versions (view) WHERE state = 'in use';

GRANT SELECT ON view_versions TO appointments_api, appointments_projector, appointments_ops;
GRANT INSERT, UPDATE ON view_versions TO appointments_projector, appointments_ops;

-- The history @3 also tells refused changes. Its rows differ from those of @2, so it is built beside it.
CREATE TABLE appointment_history_v3 (LIKE appointment_history_v2);
ALTER TABLE appointment_history_v3 ADD CONSTRAINT appointment_history_v3_pkey PRIMARY KEY (practice_id, position);
CREATE INDEX appointment_history_v3_appointment ON appointment_history_v3 (practice_id, appointment_id, position);
ALTER TABLE appointment_history_v3 ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointment_history_v3 FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON appointment_history_v3 USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());
GRANT SELECT ON appointment_history_v3 TO appointments_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_history_v3 TO appointments_projector, appointments_ops;

-- A ledger without events needs nothing of the past: it has @3 at once.
INSERT INTO view_versions (view, version, state) VALUES
    ('client_list', 2, 'in use'), ('clinician_diary', 2, 'in use'), ('client_messages', 2, 'in use');
INSERT INTO view_versions (view, version, state)
SELECT 'appointment_history', 2, CASE WHEN count(*) > 0 THEN 'in use' ELSE 'dropped' END FROM heads WHERE position > 0;
INSERT INTO view_versions (view, version, state)
SELECT 'appointment_history', 3, CASE WHEN count(*) > 0 THEN 'building' ELSE 'in use' END FROM heads WHERE position > 0;

-- Where views are built beside the live rows: in `rebuild` within a transaction that is rolled back, in `staging` for good,
-- in steps. The indexes only find rows; uniqueness would make two readers of the past wait for each other.
CREATE SCHEMA staging;
GRANT USAGE ON SCHEMA staging TO appointments_ops;

-- How far the rows in `staging` are; placed_at: they have taken the place of the live ones.
CREATE UNLOGGED TABLE staging.progress (
    consumer text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid,
    begun_at timestamptz NOT NULL,
    placed_at timestamptz,
    PRIMARY KEY (consumer, practice_id)
);

-- squawk-ignore ban-drop-table
DROP TABLE rebuild.occupancy;
CREATE UNLOGGED TABLE rebuild.occupancy_v1 (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    occupies boolean NOT NULL,
    overlap_accepted boolean NOT NULL
);

-- squawk-ignore ban-drop-table
DROP TABLE rebuild.client_list_v2;
CREATE UNLOGGED TABLE rebuild.client_list_v2 (LIKE public.client_list_v2);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.clinician_diary_v2;
CREATE UNLOGGED TABLE rebuild.clinician_diary_v2 (LIKE public.clinician_diary_v2);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.appointment_history_v2;
CREATE UNLOGGED TABLE rebuild.appointment_history_v2 (LIKE public.appointment_history_v2);
CREATE UNLOGGED TABLE rebuild.appointment_history_v3 (LIKE public.appointment_history_v3);
-- squawk-ignore ban-drop-table
DROP TABLE rebuild.client_messages_v2;
CREATE UNLOGGED TABLE rebuild.client_messages_v2 (LIKE public.client_messages_v2);

CREATE INDEX occupancy_v1_row ON rebuild.occupancy_v1 (practice_id, appointment_id);
CREATE INDEX client_list_v2_row ON rebuild.client_list_v2 (practice_id, appointment_id);
CREATE INDEX clinician_diary_v2_row ON rebuild.clinician_diary_v2 (practice_id, appointment_id);
CREATE INDEX appointment_history_v2_row ON rebuild.appointment_history_v2 (practice_id, position);
CREATE INDEX appointment_history_v3_row ON rebuild.appointment_history_v3 (practice_id, position);
CREATE INDEX client_messages_v2_row ON rebuild.client_messages_v2 (practice_id, message_id);

CREATE UNLOGGED TABLE staging.occupancy_v1 (LIKE rebuild.occupancy_v1 INCLUDING INDEXES);
CREATE UNLOGGED TABLE staging.client_list_v2 (LIKE rebuild.client_list_v2 INCLUDING INDEXES);
CREATE UNLOGGED TABLE staging.clinician_diary_v2 (LIKE rebuild.clinician_diary_v2 INCLUDING INDEXES);
CREATE UNLOGGED TABLE staging.appointment_history_v2 (LIKE rebuild.appointment_history_v2 INCLUDING INDEXES);
CREATE UNLOGGED TABLE staging.appointment_history_v3 (LIKE rebuild.appointment_history_v3 INCLUDING INDEXES);
CREATE UNLOGGED TABLE staging.client_messages_v2 (LIKE rebuild.client_messages_v2 INCLUDING INDEXES);

DO $$
DECLARE
    practice_table regclass;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['staging.progress', 'rebuild.occupancy_v1', 'rebuild.client_list_v2',
        'rebuild.clinician_diary_v2', 'rebuild.appointment_history_v2', 'rebuild.appointment_history_v3',
        'rebuild.client_messages_v2', 'staging.occupancy_v1', 'staging.client_list_v2', 'staging.clinician_diary_v2',
        'staging.appointment_history_v2', 'staging.appointment_history_v3', 'staging.client_messages_v2']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('CREATE POLICY one_practice ON %s USING (practice_id = current_practice())
            WITH CHECK (practice_id = current_practice())', practice_table);
    END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rebuild, staging TO appointments_ops;
