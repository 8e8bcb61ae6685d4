-- Erasures and legal holds (F52, ADR 0035).

ALTER TABLE clients ADD COLUMN erased_at timestamptz;

-- One row per client whose record is erased, or is about to be: from `begun_at` on there is no way back, `finished_at` is
-- written by the transaction that blanks the record and appends the receipt. `ref_hash` is the SHA-256 of practice and
-- reference, by which an import knows not to bring the client back; the reason is the practice's own note.
CREATE TABLE erasures (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    key_id uuid NOT NULL,
    ref_hash bytea NOT NULL CHECK (octet_length(ref_hash) = 32),
    reason text NOT NULL,
    asked_by uuid,
    begun_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (practice_id, client_id)
);

-- Why a record must not be erased. A hold that was lifted stays, so that it can be told; erasing blanks its reason.
CREATE TABLE legal_holds (
    practice_id uuid NOT NULL,
    hold_id uuid NOT NULL,
    client_id uuid NOT NULL,
    reason text NOT NULL,
    placed_at timestamptz NOT NULL,
    placed_by uuid,
    lifted_at timestamptz,
    PRIMARY KEY (practice_id, hold_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES clients
);
CREATE UNIQUE INDEX legal_holds_one ON legal_holds (practice_id, client_id) WHERE lifted_at IS NULL;
CREATE INDEX legal_holds_of_client ON legal_holds (practice_id, client_id);

-- Who may erase may do this and nothing less: no role can delete a single link or change a reference.
-- What another client still has (a shared e-mail address, a shared mobile) stays as it is.
CREATE FUNCTION blank_client(erased uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    practice uuid := current_practice();
    own_contacts text[];
    own_hashes bytea[];
    own_windows text[];
BEGIN
    SELECT coalesce(array_agg(contact), '{}') INTO own_contacts
    FROM clients, unnest(ARRAY[email, mobile]) AS contact
    WHERE practice_id = practice AND client_id = erased AND contact <> '' AND NOT EXISTS (
        SELECT FROM clients AS other
        WHERE other.practice_id = practice AND other.client_id <> erased
            AND (other.email = contact OR other.mobile = contact)
    );
    SELECT coalesce(array_agg(sha256(convert_to(contact, 'UTF8'))), '{}') INTO own_hashes
    FROM unnest(own_contacts) AS contact;
    SELECT array_append(coalesce(array_agg('contact:' || encode(hash, 'hex')), '{}'), 'client:' || erased::text)
    INTO own_windows FROM unnest(own_hashes) AS hash;

    DELETE FROM client_search_words WHERE practice_id = practice AND client_id = erased;
    DELETE FROM links WHERE practice_id = practice AND (client_id = erased OR contact_hash = ANY(own_hashes));
    DELETE FROM sessions WHERE practice_id = practice AND (client_id = erased OR erased = ANY(choices));
    DELETE FROM tries WHERE practice_id = practice AND counted_for = ANY(own_windows);
    DELETE FROM sign_in_windows WHERE practice_id = practice AND counted_for = ANY(own_windows);
    DELETE FROM sign_in_queue WHERE practice_id = practice AND request_id IN (
        SELECT request_id FROM sign_in_requests WHERE practice_id = practice AND contact = ANY(own_contacts)
    );
    DELETE FROM sign_in_requests WHERE practice_id = practice AND contact = ANY(own_contacts);
    UPDATE legal_holds SET reason = '' WHERE practice_id = practice AND client_id = erased;
    UPDATE clients SET external_ref = 'erased ' || erased::text, first_name = '', last_name = '', date_of_birth = NULL,
        postcode = '', email = '', mobile = '', email_opt_in = false, sms_opt_in = false, next_of_kin_name = '',
        next_of_kin_email = '', next_of_kin_mobile = '', next_of_kin_email_opt_in = false,
        next_of_kin_sms_opt_in = false, imported = NULL, version = version + 1,
        erased_at = coalesce(erased_at, clinic_now())
    WHERE practice_id = practice AND client_id = erased;
END
$$;
REVOKE ALL ON FUNCTION blank_client(uuid) FROM PUBLIC;

DO $$
DECLARE
    practice_table text;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['erasures', 'legal_holds'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format(
            'CREATE POLICY one_practice ON %I USING (practice_id = current_practice()) '
            'WITH CHECK (practice_id = current_practice())', practice_table
        );
    END LOOP;
END
$$;

GRANT EXECUTE ON FUNCTION blank_client(uuid) TO identity_api, identity_worker, identity_ops;
GRANT SELECT, INSERT ON erasures TO identity_api, identity_worker, identity_ops;
GRANT UPDATE (finished_at) ON erasures TO identity_api, identity_worker, identity_ops;
GRANT SELECT, INSERT ON legal_holds TO identity_api, identity_ops;
GRANT UPDATE (reason, lifted_at) ON legal_holds TO identity_api, identity_ops;
-- What is handed out to a client (F52) is read by operators too.
GRANT SELECT ON sign_in_requests TO identity_ops;
GRANT SELECT (client_id, erased_at) ON clients TO identity_worker;
