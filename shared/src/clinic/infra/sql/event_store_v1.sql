-- What every publishing service has: heads, events, the relay's checkpoint (architecture.md sections 4 and 5).
-- {service} is the service's name. Requires clock_and_practice_v1.sql.

CREATE TABLE heads (
    practice_id uuid PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    previous_event_id uuid,
    last_event_id uuid,
    last_recorded_at timestamptz NOT NULL DEFAULT '-infinity',
    settings_version integer NOT NULL DEFAULT 0
);

CREATE TABLE events (
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    previous_event_id uuid,
    stream_id text NOT NULL,
    stream_version integer NOT NULL,
    type text NOT NULL,
    schema_version integer NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    traceparent text,
    data text NOT NULL,
    PRIMARY KEY (practice_id, position),
    CONSTRAINT events_stream_version UNIQUE (practice_id, stream_id, stream_version),
    CONSTRAINT events_event_id UNIQUE (event_id)
);
CREATE INDEX events_recorded_at ON events (practice_id, recorded_at);

CREATE TABLE relay_checkpoints (
    practice_id uuid PRIMARY KEY,
    position bigint NOT NULL
);

ALTER TABLE events ENABLE ROW LEVEL SECURITY;
ALTER TABLE events FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON events USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT ON events TO {service}_api, {service}_worker, {service}_ops;
GRANT SELECT ON events TO {service}_relay, {service}_projector;
GRANT SELECT, INSERT, UPDATE ON heads TO {service}_api, {service}_worker, {service}_ops;
GRANT SELECT ON heads TO {service}_relay, {service}_projector;
GRANT SELECT, INSERT, UPDATE ON relay_checkpoints TO {service}_relay;
GRANT SELECT ON relay_checkpoints TO {service}_ops;
