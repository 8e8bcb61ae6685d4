#!/usr/bin/env bash
# RABBITMQ_DEFAULT_{USER,PASS,VHOST} are read by RabbitMQ itself; RABBITMQ_ERLANG_COOKIE is set here
set -euo pipefail
ulimit -n "$(( $(ulimit -Hn) < 65536 ? $(ulimit -Hn) : 65536 ))" 2>/dev/null || ulimit -n 65536 2>/dev/null || :
[[ "${1:-}" = rabbitmq* ]] || exec "$@"
if [ "$1" = rabbitmq-server ] && [ "$(id -u)" = 0 ]; then
  find /var/lib/rabbitmq /var/log/rabbitmq \! -user rabbitmq -exec chown rabbitmq '{}' +
  exec setpriv --reuid=rabbitmq --regid=rabbitmq --init-groups -- "$0" "$@"
fi
if [ -n "${RABBITMQ_ERLANG_COOKIE:-}" ]; then
  c=/var/lib/rabbitmq/.erlang.cookie
  [ -e "$c" ] || (umask 077; printf %s "$RABBITMQ_ERLANG_COOKIE" > "$c")
fi
exec "$@"
