"""The worker: `python -m clinic.identity.entrypoints.worker`. Keeps copies, judges requests for sign-in links."""

from clinic.infra.nameko_subscription import run_worker, subscribe, timer  # isort: split

import logging
from functools import cache

from clinic.identity import bootstrap
from clinic.infra.subscription import Work
from clinic.kernel.errors import Unavailable

HOUSEKEEPING_SECONDS = 3600
JUDGE_EVERY_SECONDS = 0.5

log = logging.getLogger(__name__)
housekeeping = cache(bootstrap.build_housekeeping)
judge = cache(bootstrap.build_judge)


class Worker:
    """Follows appointments over the broker, and over HTTP where the broker is silent."""

    name = "identity"

    @subscribe(bootstrap.appointments_subscription)
    def follow_appointments(self, work: Work) -> None:
        """One batch of events, or one look at the ledger's heads."""
        work()

    @timer(interval=JUDGE_EVERY_SECONDS)
    def judge_sign_in_requests(self) -> None:
        """As long as there is work; one look at an empty queue otherwise."""
        try:
            while judge()():
                pass
        except Unavailable as error:
            log.warning("no request for a sign-in link can be judged for now: %s", error)

    @timer(interval=HOUSEKEEPING_SECONDS)
    def forget_expired(self) -> None:
        """Once an hour."""
        try:
            log.info("removed %s expired rows", housekeeping().forget_expired())
        except Unavailable as error:
            log.warning("nothing can be removed for now: %s", error)


def main() -> None:
    """Runs until told to stop."""
    run_worker(Worker)


if __name__ == "__main__":
    main()
