-- Refusals are facts (F53, ADR 0033).
--
-- left_out counts the refusals of the row's appointment that the rate limit has left out of the ledger so far, this one
-- included. NULL: no refusal of a change or a cancellation, or one of a release that recorded none; those are not
-- counted as left out. A refusal with a position is one that was recorded.
ALTER TABLE commands ADD COLUMN left_out integer;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX commands_left_out ON commands (practice_id, appointment_id, left_out) WHERE left_out IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX commands_refusals_of_appointment ON commands (practice_id, appointment_id, answered_at)
    WHERE refused AND position IS NOT NULL;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX commands_refusals_of_person ON commands (practice_id, actor_id, answered_at)
    WHERE refused AND position IS NOT NULL;

CREATE TABLE refusals_v1 (
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    wanted text NOT NULL,
    code text NOT NULL,
    starts_at timestamptz NOT NULL,
    zone text NOT NULL,
    wanted_starts_at timestamptz,
    unrecorded_before integer NOT NULL,
    PRIMARY KEY (practice_id, position)
);
CREATE INDEX refusals_v1_client ON refusals_v1 (practice_id, client_id, position);
CREATE INDEX refusals_v1_appointment ON refusals_v1 (practice_id, appointment_id, position);

CREATE UNLOGGED TABLE rebuild.refusals_v1 (LIKE public.refusals_v1);
CREATE INDEX refusals_v1_row ON rebuild.refusals_v1 (practice_id, position);
CREATE UNLOGGED TABLE staging.refusals_v1 (LIKE rebuild.refusals_v1 INCLUDING INDEXES);

DO $$
DECLARE
    practice_table regclass;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['public.refusals_v1', 'rebuild.refusals_v1', 'staging.refusals_v1']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('CREATE POLICY one_practice ON %s USING (practice_id = current_practice())
            WITH CHECK (practice_id = current_practice())', practice_table);
    END LOOP;
END
$$;

GRANT SELECT ON refusals_v1 TO appointments_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON refusals_v1 TO appointments_projector, appointments_ops;
GRANT SELECT, INSERT, UPDATE, DELETE ON rebuild.refusals_v1, staging.refusals_v1 TO appointments_ops;

INSERT INTO view_versions (view, version, state) VALUES ('refusals', 1, 'in use');
