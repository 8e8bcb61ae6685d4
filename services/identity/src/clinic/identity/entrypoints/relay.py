"""Publishes identity's events: `python -m clinic.identity.entrypoints.relay`."""

from clinic.infra.relay import run_relay
from clinic.infra.settings import read_settings

if __name__ == "__main__":
    run_relay(read_settings("identity"))
