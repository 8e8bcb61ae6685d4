-- What every publishing service's sealed ledger has (F51, ADR 0031). {service} is the service's name.
-- Requires event_store_v1.sql. Rows of the first three tables are inserted by the sealer and never changed.

-- One row for each sealed event. nodes: its leaf, then the tree's nodes that it completed, upwards, 32 bytes each.
CREATE TABLE sealed_events (
    practice_id uuid NOT NULL,
    epoch integer NOT NULL,
    position bigint NOT NULL,
    event_id uuid NOT NULL,
    nodes bytea NOT NULL,
    PRIMARY KEY (practice_id, epoch, position)
);

CREATE TABLE sealed_heads (
    practice_id uuid NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    last_event_id uuid NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    PRIMARY KEY (practice_id, epoch, size)
);

-- How an epoch after the first began: which head it broke with, and why an operator wanted it.
CREATE TABLE sealed_breaks (
    practice_id uuid NOT NULL,
    epoch integer NOT NULL,
    request_id uuid NOT NULL,
    old_epoch integer NOT NULL,
    old_size bigint NOT NULL,
    old_root bytea NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    broken_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, epoch)
);

-- Practices that the sealer seals no further, and the head that it signed last for them.
CREATE TABLE seal_stops (
    practice_id uuid PRIMARY KEY,
    reason text NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    stopped_at timestamptz NOT NULL
);

-- What operators asked for: to let a stopped practice go on, breaking with the head that its stop names.
CREATE TABLE reseal_requests (
    practice_id uuid NOT NULL,
    request_id uuid NOT NULL,
    epoch integer NOT NULL,
    size bigint NOT NULL,
    root bytea NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, request_id)
);

DO $$
DECLARE
    practice_table regclass;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['sealed_events', 'sealed_heads', 'sealed_breaks', 'seal_stops',
        'reseal_requests']::regclass[]
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('CREATE POLICY one_practice ON %s USING (practice_id = current_practice())
            WITH CHECK (practice_id = current_practice())', practice_table);
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA public TO {service}_sealer;
GRANT SELECT ON heads, events TO {service}_sealer;
GRANT SELECT, INSERT ON sealed_events, sealed_heads, sealed_breaks TO {service}_sealer;
GRANT SELECT, INSERT, UPDATE, DELETE ON seal_stops TO {service}_sealer;
GRANT SELECT ON reseal_requests TO {service}_sealer;
GRANT SELECT ON sealed_events, sealed_heads, sealed_breaks, seal_stops, reseal_requests TO {service}_ops;
GRANT INSERT ON reseal_requests TO {service}_ops;
GRANT SELECT ON sealed_heads, seal_stops TO {service}_api;
