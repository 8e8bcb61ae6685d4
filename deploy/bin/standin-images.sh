#!/usr/bin/env bash
# standin-images.sh [--force | --clean]: LOCAL STAND-INS for the public images that docker-compose.yml and the tests
# name, for machines that have a container engine and no image registry. Where one can be reached: just pull.
#
#   debian:bookworm-slim         Debian 12, minimal
#   python:3.11-slim-bookworm    Debian's Python 3.11
#   postgres:16-bookworm         Debian's PostgreSQL 15 (not 16!)
#   rabbitmq:3.13-management     Debian's RabbitMQ 3.10 with management (not 3.13!)
#
# They are not the public images, and they say so: each carries the label standin=true, which the tests print. An image
# of the same name without that label is a real one and stays. Package sources, certificates, proxies and pip's settings
# are this machine's own, so the results are for this machine: do not push them. Up-to-date images are left as they are.
set -euo pipefail
here=$(cd "$(dirname "$0")/../standin" && pwd)
DOCKER=${DOCKER:-docker} SUITE=bookworm BASE=debian:bookworm-slim
declare -A TAG=([python]=python:3.11-slim-bookworm [postgres]=postgres:16-bookworm [rabbitmq]=rabbitmq:3.13-management)

log() { echo "stand-ins: $*" >&2; }
die() { log "$*"; exit 1; }
label() { "$DOCKER" image inspect -f "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true; }
exists() { "$DOCKER" image inspect "$1" >/dev/null 2>&1; }
is_real() { exists "$1" && [ "$(label "$1" standin)" != true ]; }
short_hash() { sha256sum | cut -c1-16; }

force=no
case ${1:-} in
  '') ;;
  --force) force=yes ;;
  --clean)
    for tag in "${TAG[@]}" "$BASE"; do if exists "$tag" && ! is_real "$tag"; then "$DOCKER" rmi "$tag" >/dev/null; log "$tag removed"; fi; done
    exit 0 ;;
  *) sed -n '2,12p' "$0"; exit 2 ;;
esac
"$DOCKER" info >/dev/null 2>&1 || die "no container engine answers ('$DOCKER info' failed)."
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT

up_to_date() { # TAG RECIPE
  if is_real "$1"; then log "$1: a real image, left as it is"; return 0; fi
  if [ $force = no ] && [ "$(label "$1" standin.recipe)" = "$2" ]; then log "$1: up to date"; return 0; fi
  return 1
}

build() { # TAG RECIPE CONTEXT
  local tag=$1 recipe=$2 context=$3 started=$SECONDS arguments=() name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || arguments+=(--build-arg "$name=${!name}")
  done
  [ $force = no ] || arguments+=(--no-cache)
  # The machine's network, and the builder that needs neither a plugin nor an image of its own.
  DOCKER_BUILDKIT=0 "$DOCKER" build --network host "${arguments[@]}" --label standin=true --label "standin.recipe=$recipe" \
    -t "$tag" "$context" >"$work/log" 2>&1 || { tail -40 "$work/log" >&2; die "$tag could not be built."; }
  log "$tag: built in $((SECONDS - started)) s"
}

# What this machine uses to reach its package sources.
mkdir -p "$work/base/machine/apt.conf.d" "$work/base/machine/ca"
machine=$work/base/machine
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list; do
  if [ -s "$file" ] && grep -qE "\b$SUITE\b" "$file"; then sources+=("$file"); fi
done
grep -hE '^(Acquire::(http|https|Check)[^:]*|Acquire::Retries)' /etc/apt/apt.conf /etc/apt/apt.conf.d/* 2>/dev/null >"$machine/apt.conf.d/90standin" || true
for file in "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt; do
  if [ -n "$file" ] && [ -s "$file" ]; then cp "$file" "$machine/ca/bundle.crt"; break; fi
done
{
  echo "[global]"
  [ ! -s "$machine/ca/bundle.crt" ] || echo "cert = /etc/ssl/certs/ca-certificates.crt"
  { pip config list 2>/dev/null || pip3 config list 2>/dev/null || true; } \
    | sed -nE "s/^(global|:env:)\.(index-url|extra-index-url|proxy|trusted-host|timeout|default-timeout)='(.*)'$/\2 = \3/p" \
    | sed 's/^default-timeout/timeout/' | grep -v file: | sort -u || true
  echo "disable-pip-version-check = true"
} >"$machine/pip.conf"

base_recipe=$(cat "$here/base/Dockerfile" "${sources[@]}" "$machine/pip.conf" "$machine"/ca/* "$machine"/apt.conf.d/* | short_hash)
if ! up_to_date "$BASE" "$base_recipe"; then
  [ ${#sources[@]} -gt 0 ] || die "this machine has no apt sources for Debian $SUITE to build from."
  if ! command -v mmdebstrap >/dev/null; then
    log "installing mmdebstrap"
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap; } >/dev/null || die "mmdebstrap could not be installed."
  fi
  mmdebstrap --quiet --variant=minbase --include=ca-certificates --aptopt='Apt::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    "$SUITE" "$work/base/rootfs.tar" "${sources[@]}" >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; die "mmdebstrap failed."; }
  cp "$here/base/Dockerfile" "$work/base/"
  build "$BASE" "$base_recipe" "$work/base"
fi

for name in python postgres rabbitmq; do
  recipe=$({ echo "$base_recipe"; cat "$here/$name"/*; } | short_hash)
  up_to_date "${TAG[$name]}" "$recipe" || build "${TAG[$name]}" "$recipe" "$here/$name"
done
