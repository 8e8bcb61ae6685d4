#!/usr/bin/env bash
# A small part of the public image's entrypoint, in the same order: POSTGRES_{USER,PASSWORD,DB}[_FILE] are read before
# the account is changed, then PGDATA, POSTGRES_INITDB_ARGS and POSTGRES_HOST_AUTH_METHOD.
set -Eeuo pipefail
[ "${1:-}" = "" ] || [ "${1:0:1}" != - ] || set -- postgres "$@"
[ "${1:-}" = postgres ] || exec "$@"
for v in POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB; do
  f=${v}_FILE
  if [ -n "${!f:-}" ]; then export "$v=$(< "${!f}")"; unset "$f"; fi
done
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /run/postgresql; chmod 700 "$PGDATA" || :; chmod 3777 /run/postgresql || :
  find "$PGDATA" /run/postgresql \! -user postgres -exec chown postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
fi
: "${POSTGRES_USER:=postgres}" "${POSTGRES_HOST_AUTH_METHOD:=}" "${POSTGRES_INITDB_ARGS:=}"
: "${POSTGRES_DB:=$POSTGRES_USER}"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified." >&2; exit 1
  fi
  mkdir -p "$PGDATA"; chmod 700 "$PGDATA" || :
  eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "${POSTGRES_PASSWORD:-}") '"$POSTGRES_INITDB_ARGS"
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
  PGPASSWORD=${POSTGRES_PASSWORD:-} pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  sql=(psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$POSTGRES_USER")
  if [ "$POSTGRES_DB" != postgres ]; then
    "${sql[@]}" -d postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db" ;'
  fi
  pg_ctl -D "$PGDATA" -m fast -w stop
  echo; echo 'PostgreSQL init process complete; ready for start up.'; echo
fi
shift; exec postgres -c listen_addresses='*' "$@"
