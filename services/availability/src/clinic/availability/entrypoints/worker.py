"""The worker: `python -m clinic.availability.entrypoints.worker`. Keeps the copy of taken times."""

from clinic.infra.nameko_subscription import run_worker, subscribe  # isort: skip

from clinic.availability import bootstrap
from clinic.infra.subscription import Work


class Worker:
    """Follows appointments over the broker, and over HTTP where the broker is silent."""

    name = "availability"

    @subscribe(make=bootstrap.appointments_subscription)
    def follow_appointments(self, work: Work) -> None:
        """One batch of events, or one look at the ledger's heads."""
        work()


def main() -> None:
    """Runs until told to stop."""
    run_worker(Worker)


if __name__ == "__main__":
    main()
