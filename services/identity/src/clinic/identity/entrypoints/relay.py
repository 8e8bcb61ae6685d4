"""Publishes identity's events: `python -m clinic.identity.entrypoints.relay`."""

from clinic.infra.relay import run_relay
from clinic.infra.safe_settings import safe_settings

if __name__ == "__main__":
    run_relay(safe_settings("identity"))
