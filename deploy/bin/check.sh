#!/usr/bin/env bash
# check.sh: every check that needs no server, each with its name; the first that fails ends it.
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=.venv/bin
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

step() {
  local name=$1 started=$SECONDS; shift
  if "$@" >"$work/said" 2>&1; then printf '%-44s ok  %3ds  %s\n' "$name" $((SECONDS - started)) "$(tail -1 "$work/said" | cut -c1-70)"
  else cat "$work/said"; printf '%-44s FAILED\n' "$name"; exit 1; fi
}

migrations() {
  # {service} is substituted when a migration runs; squawk reads plain SQL.
  local file
  for file in shared/src/clinic/infra/sql/*.sql services/*/migrations*/*.sql; do
    mkdir -p "$work/sql/$(dirname "$file")"; sed 's/{service}/example/g' "$file" > "$work/sql/$file"
  done
  find "$work/sql" -name '*.sql' -print0 | sort -z | xargs -0 "$bin/squawk" --config deploy/squawk.toml
}

types() {
  "$bin/mypy" shared/src services/*/src deploy/src
}

templates() { find services deploy -path '*/templates/*.html' -print0 | xargs -0 "$bin/djlint" --configuration deploy/djlint.toml --lint; }

step "ruff check" "$bin/ruff" check .
step "ruff format --check" "$bin/ruff" format --check .
step "mypy --strict" types
step "import rules (import-linter)" "$bin/lint-imports" --config .importlinter
step "templates (djlint)" templates
step "migrations (squawk)" migrations
step "locks are up to date" deploy/bin/lock.sh --check
step "style sheets are up to date" "$bin/python" services/portal/assets/build.py --check
