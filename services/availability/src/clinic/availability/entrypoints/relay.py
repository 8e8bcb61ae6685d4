"""The relay: `python -m clinic.availability.entrypoints.relay`."""

from clinic.infra.relay import run_relay
from clinic.infra.safe_settings import safe_settings


def main() -> None:
    """Publishes this service's events until told to stop."""
    run_relay(safe_settings("availability"))


if __name__ == "__main__":
    main()
