#!/bin/sh
# Are the portal's compiled style sheets those of the present sources? Needs no Node.
set -eu
cd "$(dirname "$0")/../.."
exec .venv/bin/python services/portal/assets/build.py --check
