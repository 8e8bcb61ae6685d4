"""`python -m clinic.identity.entrypoints.worker`: follows appointments, judges sign-in requests, tidies up."""

from clinic.infra.nameko_subscription import run_worker, subscribe, timer  # isort: split

import logging
from collections.abc import Callable
from functools import cache

from clinic.identity import bootstrap
from clinic.infra.subscription import Subscription, Work
from clinic.kernel.errors import Unavailable

HOUSEKEEPING_SECONDS = 3600
JUDGE_EVERY_SECONDS = 0.5
ERASE_EVERY_SECONDS = 30

log = logging.getLogger(__name__)
parts = cache(bootstrap.build_worker)


def _appointments(perform: Callable[[Work], None]) -> Subscription:
    return parts().appointments_subscription(perform)


class Worker:
    """Follows appointments over the broker, and over HTTP where the broker is silent; the rest by the clock."""

    name = "identity"

    @subscribe(_appointments)
    def follow_appointments(self, work: Work) -> None:
        """One batch of events, or one look at the ledger's heads."""
        work()

    @timer(interval=JUDGE_EVERY_SECONDS)
    def judge_sign_in_requests(self) -> None:
        """As long as there is work; one look at an empty queue otherwise."""
        try:
            while parts().judge.judge_waiting():
                pass
        except Unavailable as error:
            log.warning("no request for a sign-in link can be judged for now: %s", error)

    @timer(interval=ERASE_EVERY_SECONDS)
    def finish_erasures(self) -> None:
        """What a crash interrupted; at the first look also what a restored backup brought back (F52)."""
        try:
            if done := parts().erasures.finish_begun():
                log.warning("finished %s erasures", done)
        except Unavailable as error:
            log.warning("no erasure can be finished for now: %s", error)

    @timer(interval=HOUSEKEEPING_SECONDS)
    def forget_expired(self) -> None:
        """Once an hour."""
        try:
            log.info("removed %s expired rows", parts().housekeeping.forget_expired())
        except Unavailable as error:
            log.warning("nothing can be removed for now: %s", error)


def main() -> None:
    """Runs until told to stop."""
    run_worker(Worker)
    parts().close()


if __name__ == "__main__":
    main()
