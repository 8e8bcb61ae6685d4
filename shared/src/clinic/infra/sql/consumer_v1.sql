-- What every consuming service has: checkpoints, attempts, parked events (architecture.md section 5).
-- Requires clock_and_practice_v1.sql.

CREATE TABLE consumer_checkpoints (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_reason text,
    PRIMARY KEY (consumer, source, practice_id)
);

CREATE TABLE consumer_attempts (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    attempts integer NOT NULL,
    last_error text,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, source, practice_id, position)
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

GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_checkpoints, consumer_attempts, parked_events
    TO {service}_api, {service}_worker, {service}_projector, {service}_ops;
