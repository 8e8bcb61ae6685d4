#!/usr/bin/env bash
# system-packages.sh NEED…: makes sure that this machine has what is named: postgresql, rabbitmq, chromium.
# Installs with apt-get only what is missing, only as root or with a sudo that asks nothing, and starts no service.
set -euo pipefail

has() {
  case $1 in
    postgresql) compgen -G '/usr/lib/postgresql/1[3-7]/bin/initdb' >/dev/null || command -v initdb >/dev/null ;;
    rabbitmq) [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && command -v epmd >/dev/null ;;
    chromium) command -v chromium >/dev/null || command -v google-chrome >/dev/null || compgen -G "$HOME/.cache/ms-playwright/chromium-*" >/dev/null ;;
    *) echo "system-packages.sh: nothing is called $1" >&2; exit 2 ;;
  esac
}

package_of() { case $1 in postgresql) echo postgresql ;; rabbitmq) echo rabbitmq-server ;; *) echo "$1" ;; esac; }

missing=()
for need in "$@"; do has "$need" || missing+=("$need"); done
[ ${#missing[@]} -eq 0 ] && exit 0
packages=(); for need in "${missing[@]}"; do packages+=("$(package_of "$need")"); done

fail() { echo "$1" >&2; exit 1; }
command -v apt-get >/dev/null || fail "Please install ${packages[*]}: this machine has no apt-get to do it with."
if [ "$(id -u)" = 0 ]; then as_root=(); elif sudo -n true 2>/dev/null; then as_root=(sudo -n); else
  fail "Please run \`apt-get install ${packages[*]}\` as root: it is needed, and this user may not install packages."
fi

echo "Installing ${packages[*]} (the system's own packages; no service of the system is started) …"
policy=/usr/sbin/policy-rc.d; saved=/usr/sbin/policy-rc.d.before-clinic-portal; cluster=/etc/postgresql-common/createcluster.conf
restore() {
  if [ -e "$saved" ]; then "${as_root[@]}" mv -f "$saved" "$policy"; elif [ -n "${guarded:-}" ]; then "${as_root[@]}" rm -f "$policy"; fi
  if [ -n "${no_cluster:-}" ]; then "${as_root[@]}" sed -i '/^create_main_cluster = false # clinic-portal$/d' "$cluster"; fi
}
trap restore EXIT
# A policy that refuses to start services stays; any other is put aside while we install.
if ! { [ -x "$policy" ] && { "$policy" any start >/dev/null 2>&1; [ $? -eq 101 ]; }; }; then
  [ ! -e "$policy" ] || "${as_root[@]}" mv "$policy" "$saved"
  guarded=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Dpkg::Use-Pty=0 "$@"; }
install() { apt install --no-install-recommends "$@" | grep --line-buffered -E '^(Get|Unpacking|Setting up)' | sed -u 's/^/  /' || true; }

apt update | tail -1 | sed 's/^/  /' || true
for need in "${missing[@]}"; do
  if [ "$need" = postgresql ] && [ ! -e "$cluster" ]; then install postgresql-common; fi
  if [ "$need" = postgresql ] && [ -e "$cluster" ]; then
    no_cluster=yes; echo 'create_main_cluster = false # clinic-portal' | "${as_root[@]}" tee -a "$cluster" >/dev/null
  fi
  if [ "$need" = chromium ] && apt-cache show chromium 2>/dev/null | grep -q snap; then
    .venv/bin/playwright install --with-deps chromium
  else
    install "$(package_of "$need")"
  fi
  has "$need" || fail "$(package_of "$need") could not be installed; please install it and start again."
done
# Not at the next start of the machine either: the product runs servers of its own.
if command -v systemctl >/dev/null; then
  for need in "${missing[@]}"; do
    case $need in
      postgresql) "${as_root[@]}" systemctl disable --quiet postgresql.service >/dev/null 2>&1 || true ;;
      rabbitmq) "${as_root[@]}" systemctl disable --quiet rabbitmq-server.service epmd.service epmd.socket >/dev/null 2>&1 || true ;;
    esac
  done
fi
