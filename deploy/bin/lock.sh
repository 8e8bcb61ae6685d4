#!/usr/bin/env bash
# lock.sh [--check]: makes requirements/*.txt from requirements/*.in, for Python 3.11 to 3.13, with hashes.
# The first line of a lock carries the hash of what it was made from, so that --check needs no network.
set -euo pipefail
cd "$(dirname "$0")/../.."

made_from() { case $1 in runtime) cat requirements/runtime.in ;; dev) cat requirements/dev.in requirements/runtime.in ;; esac | sha256sum | cut -c1-64; }

for kind in runtime dev; do
  lock=requirements/$kind.txt
  header="# Made by \`make lock\` from sha256:$(made_from $kind)"
  if [ "${1:-}" = --check ]; then
    [ "$(head -1 "$lock")" = "$header" ] || { echo "$lock is older than its .in file: run \`make lock\`." >&2; exit 1; }
  else
    constraint=(); [ $kind = runtime ] || constraint=(-c requirements/runtime.txt)
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
      --no-emit-find-links "${constraint[@]}" --output-file "$lock" "requirements/$kind.in"
    sed -i "1i $header" "$lock"
  fi
done
