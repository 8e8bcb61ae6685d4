-- The ledger beside its events: answers to commands, occupancy, imported references, views (architecture.md section 4).

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Every head may be read; only the practice of the transaction may be appended to.
ALTER TABLE heads ENABLE ROW LEVEL SECURITY;
ALTER TABLE heads FORCE ROW LEVEL SECURITY;
CREATE POLICY heads_readable ON heads FOR SELECT USING (true);
CREATE POLICY one_practice_begins ON heads FOR INSERT WITH CHECK (practice_id = current_practice());
CREATE POLICY one_practice_appends ON heads FOR UPDATE USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

-- What each command was answered, refusals and "nothing to do" included: the same command gets the same answer.
-- position is null where nothing was recorded; answer is JSON without positions.
CREATE TABLE commands (
    practice_id uuid NOT NULL,
    command_id uuid NOT NULL,
    kind text NOT NULL,
    appointment_id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    fingerprint text NOT NULL,
    outcome text NOT NULL,
    refused boolean NOT NULL,
    answer text NOT NULL,
    position bigint,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, command_id)
);

-- One row per appointment. during is [start, end + buffer).
CREATE TABLE occupancy (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    during tstzrange NOT NULL,
    occupies boolean NOT NULL,
    exclusive boolean NOT NULL,
    PRIMARY KEY (practice_id, appointment_id),
    CONSTRAINT occupancy_no_double_booking EXCLUDE USING gist
        (practice_id WITH =, clinician_id WITH =, during WITH &&) WHERE (occupies AND exclusive)
);
CREATE INDEX occupancy_overlap_accepted ON occupancy USING gist (practice_id, clinician_id, during)
    WHERE (occupies AND NOT exclusive);

-- The exclusion constraint compares exclusive rows with each other; this compares them with the rest. It is exact because
-- every writer holds its practice's row in heads, and a trigger's query sees all that was committed before.
CREATE FUNCTION refuse_time_taken_knowingly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM occupancy AS other
        WHERE other.practice_id = NEW.practice_id AND other.clinician_id = NEW.clinician_id
            AND other.during && NEW.during AND other.occupies AND NOT other.exclusive
            AND other.appointment_id <> NEW.appointment_id
    ) THEN
        RAISE EXCEPTION 'time is taken' USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'occupancy_overlap_accepted';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_time_taken_knowingly AFTER INSERT OR UPDATE ON occupancy
    FOR EACH ROW WHEN (NEW.occupies AND NEW.exclusive) EXECUTE FUNCTION refuse_time_taken_knowingly();

-- Which appointment a reference of another system became (F49).
CREATE TABLE imported_appointments (
    practice_id uuid NOT NULL,
    external_ref text NOT NULL,
    appointment_id uuid NOT NULL,
    PRIMARY KEY (practice_id, external_ref)
);

CREATE TABLE client_list_v1 (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    location_id uuid NOT NULL,
    appointment_type_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    local_start text NOT NULL,
    duration_minutes integer NOT NULL,
    buffer_after_minutes integer NOT NULL,
    status text NOT NULL,
    occupies boolean NOT NULL,
    revision integer NOT NULL,
    overlap_accepted boolean NOT NULL,
    video boolean NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX client_list_v1_client ON client_list_v1 (practice_id, client_id, starts_at, appointment_id);

CREATE TABLE clinician_diary_v1 (
    practice_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    location_id uuid NOT NULL,
    appointment_type_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    zone text NOT NULL,
    local_start text NOT NULL,
    duration_minutes integer NOT NULL,
    buffer_after_minutes integer NOT NULL,
    status text NOT NULL,
    occupies boolean NOT NULL,
    revision integer NOT NULL,
    overlap_accepted boolean NOT NULL,
    video boolean NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX clinician_diary_v1_day ON clinician_diary_v1 (practice_id, starts_at, clinician_id);

CREATE TABLE appointment_history_v1 (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    type text NOT NULL,
    title text NOT NULL,
    sentence text NOT NULL,
    message_id uuid,
    PRIMARY KEY (practice_id, position)
);
CREATE INDEX appointment_history_v1_appointment ON appointment_history_v1 (practice_id, appointment_id, position);

CREATE TABLE client_messages_v1 (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    message_id uuid NOT NULL,
    event_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    about text NOT NULL,
    sealed text NOT NULL,
    left_at timestamptz NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (practice_id, message_id)
);
CREATE INDEX client_messages_v1_client ON client_messages_v1 (practice_id, client_id, position);

-- Where `clinic projections rebuild --check` builds everything anew, in a transaction that it rolls back.
CREATE SCHEMA rebuild;
CREATE UNLOGGED TABLE rebuild.occupancy (LIKE public.occupancy INCLUDING DEFAULTS);
CREATE UNLOGGED TABLE rebuild.client_list_v1 (LIKE public.client_list_v1 INCLUDING ALL);
CREATE UNLOGGED TABLE rebuild.clinician_diary_v1 (LIKE public.clinician_diary_v1 INCLUDING ALL);
CREATE UNLOGGED TABLE rebuild.appointment_history_v1 (LIKE public.appointment_history_v1 INCLUDING ALL);
CREATE UNLOGGED TABLE rebuild.client_messages_v1 (LIKE public.client_messages_v1 INCLUDING ALL);

DO $$
DECLARE
    practice_table regclass;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['commands', 'occupancy', 'imported_appointments', 'client_list_v1',
        'clinician_diary_v1', 'appointment_history_v1', 'client_messages_v1', 'rebuild.occupancy',
        'rebuild.client_list_v1', 'rebuild.clinician_diary_v1', 'rebuild.appointment_history_v1',
        'rebuild.client_messages_v1']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('CREATE POLICY one_practice ON %s USING (practice_id = current_practice())
            WITH CHECK (practice_id = current_practice())', practice_table);
    END LOOP;
END
$$;

-- This service listens to nobody: its worker role writes nothing.
REVOKE INSERT ON events FROM appointments_worker;
REVOKE INSERT, UPDATE ON heads FROM appointments_worker;

GRANT SELECT, INSERT ON commands TO appointments_api, appointments_ops;
GRANT SELECT, INSERT, UPDATE ON occupancy TO appointments_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON occupancy TO appointments_ops;
GRANT SELECT, INSERT ON imported_appointments TO appointments_ops;
GRANT SELECT ON client_list_v1, clinician_diary_v1, appointment_history_v1, client_messages_v1 TO appointments_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON client_list_v1, clinician_diary_v1, appointment_history_v1, client_messages_v1
    TO appointments_projector, appointments_ops;

GRANT USAGE ON SCHEMA rebuild TO appointments_ops;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rebuild TO appointments_ops;
