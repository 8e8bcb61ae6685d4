"""The relay: `python -m clinic.appointments.entrypoints.relay`."""

from clinic.infra.relay import run_relay
from clinic.infra.safe_settings import safe_settings


def main() -> None:
    """Publishes the ledger's events until told to stop."""
    run_relay(safe_settings("appointments"))


if __name__ == "__main__":
    main()
