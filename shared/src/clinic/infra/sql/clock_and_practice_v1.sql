-- What every service's database has first: the clock and the practice of a transaction (architecture.md sections 4 and 9).
-- {service} is the service's name; its roles are {service}_owner, _api, _worker, _relay, _projector, _ops.

CREATE FUNCTION clinic_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT clock_timestamp() + coalesce(nullif(current_setting('clinic.clock_offset', true), ''), '0')::interval
$$;

CREATE FUNCTION current_practice() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('app.practice', true), '')::uuid
$$;

GRANT USAGE ON SCHEMA public TO {service}_api, {service}_worker, {service}_relay, {service}_projector, {service}_ops;
