"""`python -m clinic.notifications.entrypoints.worker`: reacts to events, and sends what is due."""

from clinic.infra.nameko_subscription import run_worker, subscribe, timer  # isort: split

import logging
from collections.abc import Callable
from functools import cache

from clinic.infra.subscription import Subscription, Work
from clinic.kernel.errors import Unavailable
from clinic.notifications.application.reminding import queue_due
from clinic.notifications.bootstrap import Worker, wire_worker

SEND_EVERY_SECONDS = 1
PLAN_EVERY_SECONDS = 5
END_WITHIN_SECONDS = 6.0

log = logging.getLogger(__name__)
parts: Callable[[], Worker] = cache(wire_worker)


def _appointments(perform: Callable[[Work], None]) -> Subscription:
    return parts().appointments_subscription(perform)


def _identity(perform: Callable[[Work], None]) -> Subscription:
    return parts().identity_subscription(perform)


class Notifications:
    """The nameko service."""

    name = "notifications"

    @subscribe(_appointments)
    def follow_appointments(self, work: Work) -> None:
        """Reactions to a batch of events, or a look at the ledger's heads; what they queued is sent at once."""
        work()
        self.send_due()

    @subscribe(_identity)
    def follow_identity(self, work: Work) -> None:
        """The same for identity's events: who asked for a sign-in link is sent it at once."""
        work()
        self.send_due()

    @timer(interval=PLAN_EVERY_SECONDS)
    def plan_reminders(self) -> None:
        """Follows the ledger with the reminders' own checkpoint; while it is away, tries again."""
        try:
            parts().planner.catch_up_all()
        except Unavailable as error:
            log.warning("no reminders can be planned for now: %s", error)

    @timer(interval=SEND_EVERY_SECONDS)
    def remind(self) -> None:
        """Due reminders become messages, which are sent at once."""
        try:
            if queue_due(parts().reminders):
                parts().sender.send_due()
        except Unavailable as error:
            log.warning("nobody can be reminded for now: %s", error)

    @timer(interval=SEND_EVERY_SECONDS)
    def send_due(self) -> None:
        """Starts sending what is due; while the database is away it tries again a second later."""
        try:
            parts().sender.send_due()
        except Unavailable as error:
            log.warning("nothing can be sent for now: %s", error)


def main() -> None:
    """Runs until SIGTERM; what is being sent then is finished, or is found by its expired lease."""
    run_worker(Notifications)
    parts().sender.end(END_WITHIN_SECONDS)


if __name__ == "__main__":
    main()
