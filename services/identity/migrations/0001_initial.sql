-- Identity's own tables. Secrets are kept as SHA-256 only; nothing here but clients, users and practices is personal.

-- Across practices: which practice an address of the portal means, and how often a source address was wrong.
CREATE TABLE practice_slugs (
    slug text PRIMARY KEY,
    practice_id uuid NOT NULL UNIQUE
);

CREATE TABLE source_tries (
    source text PRIMARY KEY,
    tried_at timestamptz [] NOT NULL,
    last_tried_at timestamptz NOT NULL DEFAULT clinic_now()
);

CREATE TABLE practices (
    practice_id uuid PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    phone text NOT NULL,
    email text NOT NULL,
    zone text NOT NULL,
    nation text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clinic_now()
);

CREATE TABLE users (
    practice_id uuid NOT NULL,
    user_id uuid NOT NULL,
    external_ref text NOT NULL,
    name text NOT NULL,
    email text NOT NULL CHECK (email = lower(email)),
    role text NOT NULL CHECK (role IN ('site_administrator', 'clinician', 'receptionist', 'auditor')),
    is_clinician boolean NOT NULL,
    password_hash text,
    PRIMARY KEY (practice_id, user_id),
    CONSTRAINT users_external_ref UNIQUE (practice_id, external_ref),
    CONSTRAINT users_email UNIQUE (practice_id, email)
);

CREATE TABLE set_up_addresses (
    practice_id uuid NOT NULL,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (practice_id, token_hash),
    FOREIGN KEY (practice_id, user_id) REFERENCES users
);

CREATE TABLE clients (
    practice_id uuid NOT NULL,
    client_id uuid NOT NULL,
    external_ref text NOT NULL,
    first_name text NOT NULL,
    last_name text NOT NULL,
    date_of_birth date,
    postcode text NOT NULL,
    email text NOT NULL,
    mobile text NOT NULL,
    email_opt_in boolean NOT NULL,
    sms_opt_in boolean NOT NULL,
    version integer NOT NULL DEFAULT 1,
    key_id uuid NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    created_at timestamptz NOT NULL DEFAULT clinic_now(),
    PRIMARY KEY (practice_id, client_id),
    CONSTRAINT clients_external_ref UNIQUE (practice_id, external_ref)
);
CREATE INDEX clients_by_name ON clients (practice_id, last_name, first_name, client_id);

-- Compared as bytes: only operators that are leakproof may use an index under row level security.
CREATE TABLE client_search_words (
    practice_id uuid NOT NULL,
    word text COLLATE "C" NOT NULL,
    client_id uuid NOT NULL,
    PRIMARY KEY (practice_id, word, client_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES clients
);
CREATE INDEX client_search_words_of_client ON client_search_words (practice_id, client_id);

CREATE TABLE links (
    practice_id uuid NOT NULL,
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    link_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind = 'appointment'),
    client_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clinic_now(),
    revoked_at timestamptz,
    wrong_tries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (practice_id, token_hash),
    CONSTRAINT links_link_id UNIQUE (practice_id, link_id),
    FOREIGN KEY (practice_id, client_id) REFERENCES clients
);
CREATE INDEX links_of_client ON links (practice_id, client_id);

-- Sliding windows of wrong posts; `counted_for` names whose: client:<id>, sign-in:<sha256 of the e-mail>, practice.
CREATE TABLE tries (
    practice_id uuid NOT NULL,
    counted_for text NOT NULL,
    tried_at timestamptz [] NOT NULL,
    alarmed_at timestamptz,
    PRIMARY KEY (practice_id, counted_for)
);

CREATE TABLE sessions (
    practice_id uuid NOT NULL,
    secret_hash bytea NOT NULL CHECK (octet_length(secret_hash) = 32),
    session_id uuid NOT NULL,
    face text NOT NULL CHECK (face IN ('client', 'staff')),
    client_id uuid,
    appointment_id uuid,
    user_id uuid,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (practice_id, secret_hash),
    CONSTRAINT sessions_session_id UNIQUE (practice_id, session_id),
    CONSTRAINT sessions_of_one CHECK (
        (face = 'client' AND client_id IS NOT NULL AND user_id IS NULL)
        OR (face = 'staff' AND user_id IS NOT NULL AND client_id IS NULL AND appointment_id IS NULL)
    ),
    FOREIGN KEY (practice_id, client_id) REFERENCES clients,
    FOREIGN KEY (practice_id, user_id) REFERENCES users
);
CREATE INDEX sessions_of_client ON sessions (practice_id, client_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_of_user ON sessions (practice_id, user_id) WHERE ended_at IS NULL;

-- Copies of what appointments decided, built from its events.
CREATE TABLE appointment_times_v1 (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    cancelled boolean NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);

CREATE TABLE portal_switches_v1 (
    practice_id uuid PRIMARY KEY,
    portal_on boolean NOT NULL,
    off_text text NOT NULL,
    settings_version integer NOT NULL
);

DO $$
DECLARE
    practice_table text;
BEGIN
    FOREACH practice_table IN ARRAY ARRAY[
        'practices', 'users', 'set_up_addresses', 'clients', 'client_search_words', 'links', 'tries', 'sessions',
        'appointment_times_v1', 'portal_switches_v1'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', practice_table);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', practice_table);
        EXECUTE format(
            'CREATE POLICY one_practice ON %I USING (practice_id = current_practice()) '
            'WITH CHECK (practice_id = current_practice())', practice_table
        );
    END LOOP;
END
$$;

GRANT SELECT ON practice_slugs, practices, users, clients, client_search_words, links, tries, sessions,
appointment_times_v1, portal_switches_v1 TO identity_api, identity_ops;
GRANT SELECT, INSERT, UPDATE ON source_tries TO identity_api;
GRANT INSERT, UPDATE, DELETE ON tries TO identity_api;
GRANT INSERT, UPDATE ON sessions, links TO identity_api;
GRANT SELECT, UPDATE ON set_up_addresses TO identity_api;
GRANT UPDATE (password_hash) ON users TO identity_api;
GRANT UPDATE (
    first_name, last_name, date_of_birth, postcode, email, mobile, email_opt_in, sms_opt_in, version
) ON clients TO identity_api;
GRANT INSERT, DELETE ON client_search_words TO identity_api;

GRANT INSERT ON practice_slugs, practices, users, clients, client_search_words TO identity_ops;
GRANT SELECT, INSERT, UPDATE ON set_up_addresses TO identity_ops;
GRANT UPDATE (password_hash) ON users TO identity_ops;
GRANT UPDATE (ended_at) ON sessions TO identity_ops;

GRANT SELECT, INSERT, UPDATE ON appointment_times_v1, portal_switches_v1 TO identity_worker;
GRANT SELECT, DELETE ON source_tries TO identity_worker;
GRANT SELECT, DELETE ON sessions, tries TO identity_worker;
