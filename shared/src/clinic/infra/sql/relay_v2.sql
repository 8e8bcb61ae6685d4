-- The relay knows its last event by id and stops where the ledger has another one there (ADR 0028).
-- Requires event_store_v1.sql. NULL: the release before was the last to publish.

ALTER TABLE relay_checkpoints ADD COLUMN event_id uuid;
ALTER TABLE relay_checkpoints ADD COLUMN stopped_reason text;

GRANT UPDATE ON relay_checkpoints TO {service}_ops;
