-- One row per recorded ConfirmationRefused (F53, ADR 0033), written with it; it also counts for the limit per link.
CREATE TABLE confirmation_refusals (
    practice_id uuid NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    link text NOT NULL,
    link_id uuid NOT NULL,
    appointment_id uuid,
    client_id uuid,
    code text NOT NULL,
    PRIMARY KEY (practice_id, position)
);
CREATE INDEX confirmation_refusals_client ON confirmation_refusals (practice_id, client_id, position);
CREATE INDEX confirmation_refusals_link ON confirmation_refusals (practice_id, link_id, recorded_at);

ALTER TABLE confirmation_refusals ENABLE ROW LEVEL SECURITY;
ALTER TABLE confirmation_refusals FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON confirmation_refusals USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT ON confirmation_refusals TO identity_api;
GRANT SELECT ON confirmation_refusals TO identity_ops;
