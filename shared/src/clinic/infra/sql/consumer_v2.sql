-- What operators' repairs need (ADR 0028): where a checkpoint has been, how often a parked event was tried, what was discarded.
-- Requires consumer_v1.sql. The release before leaves no trail; its checkpoints begin one here.

CREATE TABLE consumer_trail (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (consumer, source, practice_id, position)
);

INSERT INTO consumer_trail (consumer, source, practice_id, position, event_id)
SELECT consumer, source, practice_id, position, event_id FROM consumer_checkpoints WHERE event_id IS NOT NULL;

ALTER TABLE parked_events ADD COLUMN attempts integer NOT NULL DEFAULT 0;

-- Never deleted: who decided that an event has no effect here, when and why. The event itself is in its ledger.
CREATE TABLE discarded_events (
    consumer text NOT NULL,
    source text NOT NULL,
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    stream_id text NOT NULL,
    type text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    parked_at timestamptz NOT NULL,
    discarded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    discarded_by text NOT NULL,
    because text NOT NULL CHECK (because <> ''),
    PRIMARY KEY (consumer, source, practice_id, position, discarded_at)
);

-- Messages from the broker that were no events: nothing is kept of them but how many and when.
CREATE TABLE unreadable_messages (
    consumer text NOT NULL,
    source text NOT NULL,
    messages bigint NOT NULL,
    last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer, source)
);

ALTER TABLE consumer_trail ENABLE ROW LEVEL SECURITY;
ALTER TABLE consumer_trail FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON consumer_trail USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE discarded_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE discarded_events FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON discarded_events USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT, UPDATE, DELETE ON consumer_trail TO {service}_api, {service}_worker, {service}_projector, {service}_ops;
GRANT SELECT, INSERT ON discarded_events TO {service}_ops;
GRANT SELECT, INSERT, UPDATE ON unreadable_messages TO {service}_api, {service}_worker;
GRANT SELECT ON unreadable_messages TO {service}_ops;
