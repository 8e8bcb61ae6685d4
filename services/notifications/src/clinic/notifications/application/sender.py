"""The sender: leases messages, asks everybody who must be asked, sends, records (F46, architecture.md section 5)."""

import logging
import time
from collections.abc import Callable
from threading import Condition

from clinic.kernel.errors import Refused, Unavailable
from clinic.notifications.application.ports import (
    Accepted,
    Directory,
    Ending,
    LeaseLost,
    Letter,
    Outbox,
    Transports,
    Unclear,
)
from clinic.notifications.application.preparing import Preparation
from clinic.notifications.domain.budgets import OverBudget
from clinic.notifications.domain.delivery import TOO_OLD, Failed, NotYet, Suppressed, wait_after
from clinic.notifications.domain.messages import Message

log = logging.getLogger(__name__)
Spawn = Callable[[Callable[[], None]], None]
RECORD_AGAIN_AFTER_SECONDS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0)
"""While the database is away what is known of a message is kept and said again, for most of a minute."""


class Sender:
    """Sends what is due, several messages at once, so that a slow one never blocks another recipient.

    `spawn` starts a function beside the caller (a thread; a greenlet in the worker), `pause` waits some seconds,
    `staff_url` is the address of the staff pages, where alerts to users lead.
    """

    def __init__(
        self,
        outbox: Outbox,
        directory: Directory,
        transports: Transports,
        *,
        spawn: Spawn,
        staff_url: str = "",
        at_once: int = 16,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outbox = outbox
        self._transports = transports
        self._preparation = Preparation(outbox, directory, staff_url)
        self._spawn = spawn
        self._pause = pause
        self._at_once = self._free = at_once
        self._ending = False
        self._turn = Condition()

    def send_due(self) -> int:
        """Leases what is due and starts sending it; the number of messages started. Safe to call at any time."""
        with self._turn:
            if self._ending:
                return 0
            wanted, self._free = self._free, 0
        leased: list[Message] = []
        try:
            leased = self._outbox.lease(wanted) if wanted else []
        finally:
            self._give_back(wanted - len(leased))
        for message in leased:
            self._spawn(lambda message=message: self._send_in_its_place(message))  # type: ignore[misc]
        return len(leased)

    def end(self, within_seconds: float) -> bool:
        """Starts nothing more and waits for what is being sent; False where some of it is not done in time."""
        with self._turn:
            self._ending = True
            return self._turn.wait_for(lambda: self._free == self._at_once, within_seconds)

    def _give_back(self, places: int) -> None:
        with self._turn:
            self._free += places
            self._turn.notify_all()

    def _send_in_its_place(self, message: Message) -> None:
        try:
            self.send(message)
        except Exception:
            log.exception("message %s: its lease will expire", message.message_id)
        finally:
            self._give_back(1)
        self._send_next()

    def _send_next(self) -> None:
        try:
            self.send_due()
        except Exception as error:
            log.warning("looking for the next message: %s", type(error).__name__)

    def send(self, message: Message) -> None:
        """One attempt at a leased message, recorded whatever comes of it."""
        try:
            ending = self._attempt(message)
        except LeaseLost:
            log.warning("message %s: the lease was lost, nothing was sent", message.message_id)
            return
        except Suppressed as suppressed:
            ending = Ending("suppressed", str(suppressed))
        except Failed as failed:
            ending = Ending("failed", str(failed))
        except OverBudget as over:
            ending = _tomorrow(message, over)
        except (NotYet, Unavailable) as trouble:
            ending = self._later(message, str(trouble) if isinstance(trouble, NotYet) else "a service did not answer")
        except Refused as refusal:
            ending = self._later(message, f"refused: {refusal.code}")
        self._record(message, ending)
        log.info("message %s %s: %s", message.message_id, ending.state, ending.reason or "")

    def _record(self, message: Message, ending: Ending) -> None:
        for seconds in RECORD_AGAIN_AFTER_SECONDS:
            try:
                self._outbox.record(message, ending)
                return
            except Unavailable:
                self._pause(seconds)
        self._outbox.record(message, ending)

    def _later(self, message: Message, reason: str) -> Ending:
        wait = wait_after(message.attempts)
        if message.now + wait >= message.not_after:
            return Ending("failed", f"{TOO_OLD}; the last attempt: {reason}")
        return Ending("queued", reason, wait_seconds=wait.total_seconds())

    def _attempt(self, message: Message) -> Ending:
        letter, body = self._preparation.prepare(message)
        return self._hand_over(message, letter, body)

    def _hand_over(self, message: Message, letter: Letter, body: str) -> Ending:
        zone = letter.practice.zone
        match self._transports[message.channel].send(letter, lambda: self._outbox.hand_over(message, zone)):
            case Accepted(reference):
                return Ending("sent", body=body, provider_reference=reference)
            case Unclear(reason):
                return Ending("unknown", reason, body=body)


def _tomorrow(message: Message, over: OverBudget) -> Ending:
    """Waits for the practice's next day, or fails where it would be too old then: staff see why either way."""
    if message.now + over.wait >= message.not_after:
        return Ending("failed", str(over))
    return Ending("queued", f"{over}; it waits for the next day", wait_seconds=over.wait.total_seconds())
