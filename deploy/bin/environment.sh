#!/usr/bin/env bash
# environment.sh runtime|dev: .venv holds exactly the locked libraries and the packages of this checkout.
# Skipped when nothing changed since. PYTHON chooses the interpreter: 3.11, 3.12 or 3.13.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:-runtime}
fail() { echo "$1" >&2; exit 1; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; }
find_python() {
  local each
  if [ -n "${PYTHON:-}" ]; then
    fits "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11, 3.12 or 3.13."
    command -v "$PYTHON"; return
  fi
  for each in python3 python3.13 python3.12 python3.11 /usr/bin/python3 /usr/bin/python3.1[1-3]; do
    if fits "$each"; then command -v "$each"; return; fi
  done
  fail "Python 3.11, 3.12 or 3.13 is needed and was not found; set PYTHON to one."
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
ensure_venv_module() {
  "$1" -c 'import ensurepip, venv' >/dev/null 2>&1 && return
  local package; package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
  echo "Installing $package (the system's own package) …"
  { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$package" >/dev/null; } 2>/dev/null \
    || fail "Please run \`apt-get install $package\` as root: Python's venv module is needed."
}

packages=(shared services/identity services/appointments services/availability services/notifications services/portal deploy)
lock=requirements/$kind.txt
files=("$lock"); for package in "${packages[@]}"; do files+=("$package/pyproject.toml"); done
want="$(sha256sum "${files[@]}" | sha256sum | cut -c1-64) $PWD"
stamp=.venv/.clinic-$kind

if [ -n "${PYTHON:-}" ] && [ -x .venv/bin/python ]; then
  fits "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11, 3.12 or 3.13."
  version='import sys; print(sys.version)'
  [ "$("$PYTHON" -c "$version")" = "$(.venv/bin/python -c "$version" 2>/dev/null)" ] || rm -rf .venv
fi
.venv/bin/python -c '' >/dev/null 2>&1 || rm -rf .venv
[ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && exit 0

mkdir -p .local/log
log=.local/log/environment-$kind.log
if [ ! -d .venv ]; then
  python=$(find_python)
  ensure_venv_module "$python"
  echo "Making .venv with $("$python" --version) …"
  "$python" -m venv .venv
fi
total=$(grep -c '^[a-z].*==' "$lock")
echo "Installing $total locked libraries …"
if ! .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes -r "$lock" 2>&1 | tee "$log" \
  | awk -v total="$total" '/^(Collecting|Requirement already satisfied)/ { if (++n % 20 == 0) { printf "  %d of about %d\n", n, total; fflush() } } /^Installing collected/ { print "  unpacking …"; fflush() }'; then
  tail -5 "$log" >&2
  fail "The libraries could not be installed; see $log."
fi
editables=(); for package in "${packages[@]}"; do editables+=(-e "./$package"); done
.venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet --no-build-isolation --no-deps "${editables[@]}" >>"$log" 2>&1 \
  || { tail -5 "$log" >&2; fail "The packages of this checkout could not be installed; see $log."; }
echo "$want" > "$stamp"
