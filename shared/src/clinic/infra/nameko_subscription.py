"""nameko's side of a worker: the entrypoint `subscribe` and the runner. Importing this module makes the process green.

It must be the first import of a worker's module, before anything that imports psycopg: psycopg's own waiting would stop
every green thread of the process (architecture.md section 7). In `entrypoints/worker.py`:

    from clinic.infra.nameko_subscription import run_worker, subscribe, timer  # isort: split
    from clinic.notifications.bootstrap import appointments_subscription

    class Worker:
        name = "notifications"

        @subscribe(appointments_subscription)
        def follow_appointments(self, work):
            work()
"""

import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

if "psycopg" in sys.modules and os.environ.get("PSYCOPG_WAIT_FUNC") != "wait_select":
    raise ImportError("clinic.infra.nameko_subscription comes before anything that imports psycopg")
os.environ["PSYCOPG_WAIT_FUNC"] = "wait_select"
os.environ["EVENTLET_NO_GREENDNS"] = "yes"
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import eventlet

    eventlet.monkey_patch()
    from eventlet.event import Event
    from nameko.extensions import Entrypoint
    from nameko.runners import ServiceRunner
    from nameko.timer import timer

from psycopg import waiting

from clinic.infra.process import log_to_standard_error
from clinic.infra.subscription import Subscription, Work

__all__ = ["Subscribe", "run_worker", "subscribe", "timer"]

STOP_SECONDS = 8.0
MAX_WORKERS = 20

log = logging.getLogger(__name__)


class Subscribe(Entrypoint):  # type: ignore[misc]
    """Runs a `Subscription`'s loop; each batch, and each look at the heads, is one nameko worker.

    The service's method gets the piece of work and does it by calling it. One batch is under way at a time, so a queue
    never needs more than one of the container's workers, whatever its prefetch; stopping waits for it.
    """

    def __init__(self, make: Callable[[Callable[[Work], None]], Subscription], **options: Any) -> None:
        self._make = make
        self._told = False
        self._thread: Any = None
        super().__init__(**options)

    def start(self) -> None:
        """Begins to follow; needs neither broker nor ledger to be there."""
        subscription = self._make(self._in_worker)
        self._thread = self.container.spawn_managed_thread(lambda: subscription.run(lambda: self._told))

    def stop(self) -> None:
        """Ends after the batch that is under way."""
        self._told = True
        self._thread.wait()

    def kill(self) -> None:
        """Ends at once; what was not committed comes again."""
        self._told = True
        self._thread.kill()

    def _in_worker(self, work: Work) -> None:
        done, errors = Event(), []

        def guarded() -> None:
            try:
                work()
            except Exception as error:
                errors.append(error)

        def finished(_context: Any, result: Any, failure: Any) -> tuple[Any, Any]:
            done.send(None)
            return result, failure

        self.container.spawn_worker(self, (guarded,), {}, handle_result=finished)
        done.wait()
        if errors:
            raise errors[0]


def subscribe(make: Callable[[Callable[[Work], None]], Subscription]) -> Any:
    """Decorates the method that does the work; by keyword, or nameko would take `make` for that method."""
    return Subscribe.decorator(make=make)


def run_worker(*services: type) -> None:
    """Runs nameko services until SIGTERM, then ends within 10 s: politely, or else by force."""
    log_to_standard_error()
    if waiting.wait is not waiting.wait_select:
        raise RuntimeError("psycopg would stop every green thread: PSYCOPG_WAIT_FUNC must be wait_select")
    runner = ServiceRunner({"max_workers": MAX_WORKERS})
    for service in services:
        runner.add_service(service)

    def stop(_number: int, _frame: FrameType | None) -> None:
        eventlet.spawn_n(runner.stop)
        eventlet.spawn_after(STOP_SECONDS, give_up)

    def give_up() -> None:
        log.error("did not end in %s s and is ended; what was not committed comes again", STOP_SECONDS)
        os._exit(1)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    runner.start()
    log.info("follows and keeps time: %s", ", ".join(runner.service_names))
    runner.wait()
