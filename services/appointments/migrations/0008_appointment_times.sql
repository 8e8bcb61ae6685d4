-- Every time that an appointment ever had, from which position on (ADR 0032): the diary of an earlier moment finds its
-- appointments by it. The projector builds it from position 0; until then as-of reads the events that it has not seen.

CREATE TABLE appointment_times_v1 (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    position bigint NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, position)
);
CREATE INDEX appointment_times_v1_start ON appointment_times_v1 (practice_id, starts_at);

CREATE UNLOGGED TABLE rebuild.appointment_times_v1 (LIKE public.appointment_times_v1);
CREATE INDEX appointment_times_v1_row ON rebuild.appointment_times_v1 (practice_id, position);
CREATE UNLOGGED TABLE staging.appointment_times_v1 (LIKE rebuild.appointment_times_v1 INCLUDING INDEXES);

ALTER TABLE appointment_times_v1 ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointment_times_v1 FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON appointment_times_v1 USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE rebuild.appointment_times_v1 ENABLE ROW LEVEL SECURITY;
ALTER TABLE rebuild.appointment_times_v1 FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON rebuild.appointment_times_v1 USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE staging.appointment_times_v1 ENABLE ROW LEVEL SECURITY;
ALTER TABLE staging.appointment_times_v1 FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON staging.appointment_times_v1 USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT ON appointment_times_v1 TO appointments_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON appointment_times_v1 TO appointments_projector, appointments_ops;
GRANT SELECT, INSERT, UPDATE, DELETE ON rebuild.appointment_times_v1, staging.appointment_times_v1 TO appointments_ops;

INSERT INTO view_versions (view, version, state) VALUES ('appointment_times', 1, 'in use');
