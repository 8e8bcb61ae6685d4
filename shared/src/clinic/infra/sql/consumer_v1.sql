-- What every consuming service has: checkpoints, attempts, parked events (architecture.md section 5).
-- Requires clock_and_practice_v1.sql.
-- Only checkpoints are readable across practices: they carry positions and numbers, nothing else.

CREATE TABLE consumer_checkpoints (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid,
    parked integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_reason text,
    PRIMARY KEY (consumer, source, practice_id)
);

-- One row per batch that was begun and did not commit: it counts as one attempt of every event in it.
CREATE TABLE consumer_attempts (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    until_position bigint NOT NULL,
    event_id uuid NOT NULL,
    attempts integer NOT NULL,
    last_error text,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, source, practice_id, position, until_position)
);

CREATE TABLE parked_events (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    stream_id text NOT NULL,
    type text NOT NULL,
    reason text NOT NULL,
    because_of_position bigint,
    event text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retry_requested_at timestamptz,
    PRIMARY KEY (consumer, source, practice_id, position)
);
CREATE INDEX parked_events_stream ON parked_events (consumer, source, practice_id, stream_id);

ALTER TABLE consumer_attempts ENABLE ROW LEVEL SECURITY;
ALTER TABLE consumer_attempts FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON consumer_attempts USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE parked_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE parked_events FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON parked_events USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_checkpoints, consumer_attempts, parked_events
    TO {service}_api, {service}_worker, {service}_projector, {service}_ops;
