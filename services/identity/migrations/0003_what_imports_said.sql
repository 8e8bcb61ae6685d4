-- What the last import said of a row, field by field (ADR 0025); NULL: an import before this release brought it, or none.
-- It lies beside the values themselves, so that whatever erases a record erases both.
ALTER TABLE practices ADD COLUMN imported jsonb;
ALTER TABLE users ADD COLUMN imported jsonb;
ALTER TABLE clients ADD COLUMN imported jsonb;

GRANT UPDATE (name, phone, email, zone, nation, imported) ON practices TO identity_ops;
GRANT UPDATE (name, email, role, is_clinician, imported) ON users TO identity_ops;
GRANT UPDATE (
    first_name, last_name, date_of_birth, postcode, email, mobile, email_opt_in, sms_opt_in, next_of_kin_name,
    next_of_kin_email, next_of_kin_mobile, next_of_kin_email_opt_in, next_of_kin_sms_opt_in, version, imported
) ON clients TO identity_ops;
GRANT DELETE ON client_search_words TO identity_ops;
GRANT UPDATE (revoked_at) ON links TO identity_ops;
