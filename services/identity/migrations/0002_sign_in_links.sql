-- Sign-in links (F9, F13, F14), sessions that still have to be chosen (F13), a client's next of kin (F45).

-- Who asked for a sign-in link, in canonical form. What is not accepted is deleted within a second or so, the rest by
-- housekeeping: `accepted_at` is NULL until the worker has judged it.
CREATE TABLE sign_in_requests (
    practice_id uuid NOT NULL,
    request_id uuid NOT NULL,
    contact text NOT NULL CHECK (contact <> ''),
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    source text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clinic_now(),
    accepted_at timestamptz,
    PRIMARY KEY (practice_id, request_id)
);

-- Across practices, so that one query finds the work of all of them; nothing in it is personal.
CREATE TABLE sign_in_queue (
    practice_id uuid NOT NULL,
    request_id uuid NOT NULL,
    PRIMARY KEY (practice_id, request_id)
);

-- Sliding windows of what was asked for; `counted_for`: contact:<sha256>, source:<address>, practice, practice by sms.
-- The worker's alone: it cannot touch the windows of wrong posts.
CREATE TABLE sign_in_windows (
    practice_id uuid NOT NULL,
    counted_for text NOT NULL,
    counted_at timestamptz [] NOT NULL,
    alarmed_at timestamptz,
    PRIMARY KEY (practice_id, counted_for)
);

-- A sign-in link is found by the hash of its contact; `client_id` is one of those who had it when it was minted.
ALTER TABLE links ADD COLUMN channel text;
ALTER TABLE links ADD COLUMN contact_hash bytea;
ALTER TABLE links ADD COLUMN used_at timestamptz;
-- The last release reads links by their token's hash: it meets none without an appointment unless it is given one.
-- squawk-ignore ban-drop-not-null
ALTER TABLE links ALTER COLUMN appointment_id DROP NOT NULL;
-- Every row that there is met the constraint that goes, so it meets the one that comes: nothing needs validating.
-- squawk-ignore ban-drop-constraint
ALTER TABLE links DROP CONSTRAINT links_kind_check;
ALTER TABLE links ADD CONSTRAINT links_of_kind CHECK (
    (kind = 'appointment' AND appointment_id IS NOT NULL AND contact_hash IS NULL AND channel IS NULL)
    OR (kind = 'sign_in' AND appointment_id IS NULL AND contact_hash IS NOT NULL AND octet_length(contact_hash) = 32
        AND channel IS NOT NULL AND channel IN ('email', 'sms'))
) NOT VALID;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX links_of_contact ON links (practice_id, contact_hash) WHERE contact_hash IS NOT NULL;

-- A client's session without a client has the records among which its holder still has to choose.
ALTER TABLE sessions ADD COLUMN choices uuid [] NOT NULL DEFAULT '{}';
-- squawk-ignore ban-drop-constraint
ALTER TABLE sessions DROP CONSTRAINT sessions_of_one;
ALTER TABLE sessions ADD CONSTRAINT sessions_of_one CHECK (
    (face = 'client' AND user_id IS NULL AND (client_id IS NOT NULL OR (cardinality(choices) > 1 AND appointment_id IS NULL)))
    OR (face = 'staff' AND user_id IS NOT NULL AND client_id IS NULL AND appointment_id IS NULL AND choices = '{}')
) NOT VALID;

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX sessions_with_choices ON sessions (practice_id) WHERE ended_at IS NULL AND choices <> '{}';

ALTER TABLE clients ADD COLUMN next_of_kin_name text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN next_of_kin_email text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN next_of_kin_mobile text NOT NULL DEFAULT '';
ALTER TABLE clients ADD COLUMN next_of_kin_email_opt_in boolean NOT NULL DEFAULT false;
ALTER TABLE clients ADD COLUMN next_of_kin_sms_opt_in boolean NOT NULL DEFAULT false;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX clients_by_email ON clients (practice_id, email);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX clients_by_mobile ON clients (practice_id, mobile);

DO $$
DECLARE
    practice_table text;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY['sign_in_requests', 'sign_in_windows'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format(
            'CREATE POLICY one_practice ON %I USING (practice_id = current_practice()) '
            'WITH CHECK (practice_id = current_practice())', practice_table
        );
    END LOOP;
END
$$;

GRANT SELECT, INSERT ON sign_in_requests TO identity_api;
GRANT INSERT ON sign_in_queue TO identity_api;
GRANT UPDATE (
    next_of_kin_name, next_of_kin_email, next_of_kin_mobile, next_of_kin_email_opt_in, next_of_kin_sms_opt_in
) ON clients TO identity_api;

GRANT SELECT, DELETE ON sign_in_requests, sign_in_queue TO identity_worker;
GRANT UPDATE (accepted_at) ON sign_in_requests TO identity_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in_windows TO identity_worker;
GRANT SELECT (practice_id, email, mobile) ON clients TO identity_worker;
