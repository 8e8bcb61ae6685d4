"""The relay: `python -m clinic.availability.entrypoints.relay`."""

from clinic.infra.relay import run_relay
from clinic.infra.settings import read_settings


def main() -> None:
    """Publishes this service's events until told to stop."""
    run_relay(read_settings("availability"))


if __name__ == "__main__":
    main()
