-- Private X25519 keys (raw, 32 bytes) of the clients' messages. Destroying a row is erasure.

CREATE TABLE private_keys (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    key_id uuid NOT NULL,
    private_key bytea NOT NULL CHECK (octet_length(private_key) = 32),
    created_at timestamptz NOT NULL DEFAULT clinic_now(),
    PRIMARY KEY (practice_id, key_id)
);

ALTER TABLE private_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE private_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON private_keys USING (practice_id = current_practice())
WITH CHECK (practice_id = current_practice());

GRANT SELECT ON private_keys TO identity_api;
GRANT INSERT ON private_keys TO identity_ops;
