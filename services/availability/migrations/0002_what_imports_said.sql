-- What the last import said of a row, field by field (ADR 0025). `kind` is the table; `ref` names the row within it: the
-- external reference, a clinician's id, "clinician location" for hours, nothing for the settings.
CREATE TABLE imported_rows (
    practice_id uuid NOT NULL,
    kind text NOT NULL,
    ref text NOT NULL,
    said jsonb NOT NULL,
    PRIMARY KEY (practice_id, kind, ref)
);

ALTER TABLE imported_rows ENABLE ROW LEVEL SECURITY;
ALTER TABLE imported_rows FORCE ROW LEVEL SECURITY;
CREATE POLICY one_practice ON imported_rows USING (practice_id = current_practice())
    WITH CHECK (practice_id = current_practice());

GRANT SELECT, INSERT, UPDATE ON imported_rows TO availability_ops;
GRANT DELETE ON working_hours TO availability_ops;
