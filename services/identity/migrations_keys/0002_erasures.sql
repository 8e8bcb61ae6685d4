-- Receipts of erasures beside the keys, so that a restore of identity alone still knows whom to erase again (ADR 0035).

CREATE TABLE erasures (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    key_id uuid NOT NULL,
    ref_hash bytea NOT NULL CHECK (octet_length(ref_hash) = 32),
    erased_at timestamptz NOT NULL DEFAULT clinic_now(),
    PRIMARY KEY (practice_id, client_id)
);

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON erasures USING (practice_id = current_practice())
WITH CHECK (practice_id = current_practice());

-- Receipts and the end of the keys are one. No role can destroy a key without leaving its receipt.
CREATE FUNCTION destroy_keys(clients uuid [], keys uuid [], refs bytea []) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    INSERT INTO erasures (practice_id, client_id, key_id, ref_hash)
    SELECT current_practice(), * FROM unnest(clients, keys, refs) ON CONFLICT DO NOTHING;
    DELETE FROM private_keys WHERE practice_id = current_practice() AND client_id = ANY(clients);
$$;
REVOKE ALL ON FUNCTION destroy_keys(uuid [], uuid [], bytea []) FROM PUBLIC;

-- Operators hand out all that is held about one client (F52); no key can be read in bulk.
CREATE FUNCTION keys_of(client uuid) RETURNS TABLE (key_id uuid, private_key bytea) LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT key_id, private_key FROM private_keys WHERE practice_id = current_practice() AND client_id = client;
$$;
REVOKE ALL ON FUNCTION keys_of(uuid) FROM PUBLIC;

GRANT EXECUTE ON FUNCTION destroy_keys(uuid [], uuid [], bytea []) TO identity_api, identity_worker, identity_ops;
GRANT EXECUTE ON FUNCTION keys_of(uuid) TO identity_api, identity_ops;
GRANT SELECT ON erasures TO identity_api, identity_worker, identity_ops;
