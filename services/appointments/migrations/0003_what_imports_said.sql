-- What the last import said (ADR 0025). A fingerprint stands for all columns of a row; NULL: a release before this one
-- brought it, so that its stream is read instead.
ALTER TABLE imported_appointments ADD COLUMN fingerprint text;

CREATE TABLE imported_payments (
    practice_id uuid NOT NULL,
    external_ref text NOT NULL,
    payment_id uuid NOT NULL,
    fingerprint text NOT NULL,
    PRIMARY KEY (practice_id, external_ref)
);

CREATE TABLE imported_settings (
    practice_id uuid PRIMARY KEY,
    said jsonb NOT NULL
);

ALTER TABLE imported_payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE imported_payments FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON imported_payments USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

ALTER TABLE imported_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE imported_settings FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON imported_settings USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT UPDATE (fingerprint) ON imported_appointments TO appointments_ops;
GRANT SELECT, INSERT ON imported_payments TO appointments_ops;
GRANT SELECT, INSERT, UPDATE ON imported_settings TO appointments_ops;
