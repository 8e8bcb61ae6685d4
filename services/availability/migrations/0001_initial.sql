-- Rules of availability and its copy of taken times (features.md F). Wall times are minutes of the day in the location's
-- zone: starts 0-1439, ends 1-1440; an end at or before its start lies on the next date. Weekday 0 is Monday.

CREATE TABLE booking_settings (
    practice_id uuid PRIMARY KEY,
    first_day_of_week integer NOT NULL CHECK (first_day_of_week BETWEEN 0 AND 6),
    booking_offset text NOT NULL CHECK (
        booking_offset IN ('0h', '1h', '2h', '3h', '4h', '5h', '6h', 'next_day', '2_days', '3_days', 'next_week')
    ),
    limit_days integer NOT NULL CHECK (limit_days BETWEEN 1 AND 730),
    step_minutes integer NOT NULL CHECK (step_minutes BETWEEN 1 AND 1440),
    rules_version integer NOT NULL DEFAULT 1
);

CREATE TABLE locations (
    practice_id uuid NOT NULL,
    location_id uuid NOT NULL,
    external_ref text NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    postcode text NOT NULL,
    zone text NOT NULL,
    video boolean NOT NULL DEFAULT false,
    PRIMARY KEY (practice_id, location_id),
    UNIQUE (practice_id, external_ref)
);

CREATE TABLE clinicians (
    practice_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    available_online boolean NOT NULL,
    display_name text NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    version integer NOT NULL DEFAULT 0,
    PRIMARY KEY (practice_id, clinician_id),
    CHECK (NOT available_online OR display_name <> '')
);

CREATE TABLE appointment_types (
    practice_id uuid NOT NULL,
    appointment_type_id uuid NOT NULL,
    external_ref text NOT NULL,
    name text NOT NULL,
    duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
    buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes >= 0),
    price_pence integer NOT NULL CHECK (price_pence >= 0),
    video boolean NOT NULL,
    clinician_ids uuid[] NOT NULL,
    location_ids uuid[] NOT NULL,
    PRIMARY KEY (practice_id, appointment_type_id),
    UNIQUE (practice_id, external_ref)
);

CREATE TABLE working_hours (
    practice_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    location_id uuid NOT NULL,
    weekday integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    starts_minute integer NOT NULL CHECK (starts_minute BETWEEN 0 AND 1439),
    ends_minute integer NOT NULL CHECK (ends_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (practice_id, clinician_id, location_id, weekday, starts_minute),
    CHECK (starts_minute <> ends_minute)
);

-- A date that replaces its weekday's working hours: `hours` is [[start, end], …], empty for a day off.
CREATE TABLE working_dates (
    practice_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    location_id uuid NOT NULL,
    on_date date NOT NULL,
    hours jsonb NOT NULL CHECK (jsonb_typeof(hours) = 'array'),
    PRIMARY KEY (practice_id, clinician_id, location_id, on_date)
);

-- A location's own timetable (F36): where there is none for a location, it limits nothing.
CREATE TABLE timetable_hours (
    practice_id uuid NOT NULL,
    location_id uuid NOT NULL,
    weekday integer NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    starts_minute integer NOT NULL CHECK (starts_minute BETWEEN 0 AND 1439),
    ends_minute integer NOT NULL CHECK (ends_minute BETWEEN 1 AND 1440),
    PRIMARY KEY (practice_id, location_id, weekday, starts_minute),
    CHECK (starts_minute <> ends_minute)
);

CREATE TABLE timetable_dates (
    practice_id uuid NOT NULL,
    location_id uuid NOT NULL,
    on_date date NOT NULL,
    hours jsonb NOT NULL CHECK (jsonb_typeof(hours) = 'array'),
    PRIMARY KEY (practice_id, location_id, on_date)
);

-- Closed days of the practice, or of one location (F40).
CREATE TABLE closures (
    practice_id uuid NOT NULL,
    closure_id uuid NOT NULL,
    location_id uuid,
    first_date date NOT NULL,
    last_date date NOT NULL,
    PRIMARY KEY (practice_id, closure_id),
    CHECK (first_date <= last_date)
);

CREATE TABLE absences (
    practice_id uuid NOT NULL,
    absence_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, absence_id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX absences_of_clinician ON absences (practice_id, clinician_id, ends_at);

-- A copy of what appointments take, up to the consumer's checkpoint; `ends_at` includes the buffer after.
CREATE TABLE busy (
    practice_id uuid NOT NULL,
    appointment_id uuid NOT NULL,
    client_id uuid NOT NULL,
    clinician_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    occupies boolean NOT NULL,
    revision integer NOT NULL,
    PRIMARY KEY (practice_id, appointment_id)
);
CREATE INDEX busy_of_clinician ON busy (practice_id, clinician_id, ends_at) INCLUDE (starts_at) WHERE occupies;

DO $$
DECLARE
    protected text;
BEGIN
    FOREACH protected IN ARRAY ARRAY[
        'booking_settings', 'locations', 'clinicians', 'appointment_types', 'working_hours', 'working_dates',
        'timetable_hours', 'timetable_dates', 'closures', 'absences', 'busy'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', protected);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', protected);
        EXECUTE format(
            'CREATE POLICY one_practice ON %I USING (practice_id = current_practice()) '
            'WITH CHECK (practice_id = current_practice())', protected
        );
    END LOOP;
END
$$;

GRANT SELECT ON booking_settings, locations, clinicians, appointment_types, working_hours, working_dates,
    timetable_hours, timetable_dates, closures, absences TO availability_api;
GRANT UPDATE (available_online, display_name, title, description, version) ON clinicians TO availability_api;
GRANT SELECT, INSERT, UPDATE ON busy TO availability_api, availability_worker;
GRANT SELECT, INSERT, UPDATE ON booking_settings, locations, clinicians, appointment_types, working_hours, working_dates,
    timetable_hours, timetable_dates, closures, absences, busy TO availability_ops;
