"""One attempt at a message, and what becomes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.kernel.errors import Refused
from clinic.notifications.application.ports import Accepted, Unclear
from clinic.notifications.application.sender import Sender
from clinic.notifications.domain.budgets import OverBudget
from clinic.notifications.domain.delivery import SUPERSEDED, Failed, NotYet


def at_once(work: Callable[[], None]) -> None:
    """Runs what would be started beside the caller."""
    work()


@pytest.fixture
def sender(outbox: Any, directory: Any, transport: Any) -> Sender:
    """A sender on fakes."""
    return Sender(outbox, directory, {"email": transport, "sms": transport}, spawn=at_once)


def ending_of(outbox: Any) -> Any:
    """The one ending."""
    ((_, ending),) = outbox.endings
    return ending


def test_what_is_due_is_sent_with_a_fresh_link(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    outbox.due = [cast.message()]
    assert sender.send_due() == 1
    (letter,) = transport.letters
    assert letter.to_address == "pat@example.com"
    assert letter.subject == "Your appointment is now Wednesday 2 December, 10:20am"
    assert directory.links == 1
    assert (ending_of(outbox).state, ending_of(outbox).provider_reference) == ("sent", "<1@mail>")


def test_what_is_stored_holds_neither_the_link_nor_the_name(sender: Sender, outbox: Any, cast: Any) -> None:
    sender.send(cast.message())
    body = ending_of(outbox).body
    assert "Manage Appointment:\n{Next Appt. URL}" in body
    assert "Hello {Client First Name}," in body
    assert cast.url not in body
    assert "Pat" not in body


def test_a_superseded_message_is_suppressed(sender: Sender, outbox: Any, directory: Any, cast: Any) -> None:
    directory.appointment_now = replace(cast.appointment, revision=3)
    sender.send(cast.message())
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("suppressed", SUPERSEDED)
    assert directory.links == 0


def test_the_same_revision_at_another_time_is_of_a_lost_history(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    """The ledger was restored and has gone another way since (ADR 0028)."""
    moved = cast.appointment.starts_at + timedelta(hours=1)
    directory.appointment_now = replace(cast.appointment, starts_at=moved)
    sender.send(cast.message())
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("suppressed", SUPERSEDED)


def test_an_appointment_that_is_behind_its_message_waits(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.appointment_now = replace(cast.appointment, revision=1)
    sender.send(cast.message())
    assert ending_of(outbox).state == "queued"


@pytest.mark.parametrize(("channel", "opt_in"), [("email", "email_opt_in"), ("sms", "sms_opt_in")])
def test_without_opt_in_nothing_is_sent(
    sender: Sender, outbox: Any, directory: Any, cast: Any, channel: str, opt_in: str
) -> None:
    directory.contact_now = replace(cast.contact, **{opt_in: False})
    sender.send(cast.message(channel=channel))
    assert ending_of(outbox).state == "suppressed"


@pytest.mark.parametrize(("channel", "address"), [("email", "email"), ("sms", "mobile")])
def test_without_an_address_it_failed(
    sender: Sender, outbox: Any, directory: Any, cast: Any, channel: str, address: str
) -> None:
    directory.contact_now = replace(cast.contact, **{address: ""})
    sender.send(cast.message(channel=channel))
    assert ending_of(outbox).state == "failed"


def test_a_client_without_a_record_and_an_unknown_appointment_fail(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.contact_now = None
    sender.send(cast.message())
    directory.appointment_now = None
    sender.send(cast.message())
    assert [ending.state for _, ending in outbox.endings] == ["failed", "failed"]


def test_a_message_that_is_too_old_fails_before_anybody_is_asked(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.down = True
    sender.send(cast.message(now=cast.now + timedelta(hours=24)))
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("failed", "too old")


def test_trouble_is_tried_again_later_and_later(sender: Sender, outbox: Any, directory: Any, cast: Any) -> None:
    directory.down = True
    for attempts in (1, 2, 3, 4, 5, 50):
        sender.send(cast.message(attempts=attempts))
    assert [(ending.state, ending.wait_seconds) for _, ending in outbox.endings] == [
        ("queued", wait) for wait in (2, 5, 15, 60, 300, 300)
    ]


def test_a_last_attempt_says_what_went_wrong(sender: Sender, outbox: Any, transport: Any, cast: Any) -> None:
    transport.trouble = NotYet("the mail server asks to wait (451)")
    sender.send(cast.message(now=cast.now + timedelta(hours=24, seconds=-1)))
    assert ending_of(outbox).state == "failed"
    assert ending_of(outbox).reason == "too old; the last attempt: the mail server asks to wait (451)"


def test_over_budget_it_waits_for_the_next_day_and_no_link_is_made(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    outbox.over_budget = OverBudget("sms", 1000, timedelta(hours=15))
    sender.send(cast.message())
    ending = ending_of(outbox)
    assert (ending.state, ending.wait_seconds) == ("queued", 15 * 3600)
    assert ending.reason == "the practice's daily budget of 1,000 text messages is used up; it waits for the next day"
    assert (outbox.budgets_asked, directory.links, transport.letters) == (["Europe/London"], 0, [])


def test_over_budget_and_too_old_tomorrow_it_failed_with_that_reason(sender: Sender, outbox: Any, cast: Any) -> None:
    outbox.over_budget = OverBudget("email", 5000, timedelta(hours=15))
    sender.send(cast.message(now=cast.now + timedelta(hours=9)))
    ending = ending_of(outbox)
    assert (ending.state, ending.reason) == ("failed", "the practice's daily budget of 5,000 e-mails is used up")


def test_a_budget_that_somebody_else_used_up_meanwhile_stops_the_hand_over(
    outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    class UsedUpMeanwhile(type(outbox)):  # type: ignore[misc]
        def hand_over(self, message: Any, zone: str) -> bool:
            raise OverBudget("email", 5000, timedelta(hours=1))

    quick = UsedUpMeanwhile()
    Sender(quick, directory, {"email": transport}, spawn=at_once).send(cast.message())
    assert (ending_of(quick).state, transport.letters) == ("queued", [])


def test_a_provider_that_refuses_is_not_asked_again(sender: Sender, outbox: Any, transport: Any, cast: Any) -> None:
    transport.trouble = Failed("the mail server refused it (550)")
    sender.send(cast.message())
    assert ending_of(outbox).state == "failed"


def test_an_unclear_answer_is_unknown(sender: Sender, outbox: Any, transport: Any, cast: Any) -> None:
    transport.answer = Unclear("silence")
    sender.send(cast.message())
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("unknown", "silence")


def test_a_lost_lease_sends_and_records_nothing(sender: Sender, outbox: Any, transport: Any, cast: Any) -> None:
    outbox.lease_is_ours = False
    sender.send(cast.message())
    assert transport.letters == []
    assert outbox.endings == []


def test_a_service_that_refuses_us_is_trouble_not_the_end(
    sender: Sender, outbox: Any, transport: Any, cast: Any
) -> None:
    transport.trouble = Refused("forbidden")
    sender.send(cast.message())
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("queued", "refused: forbidden")


def test_a_slow_recipient_leaves_room_for_the_others(outbox: Any, directory: Any, transport: Any, cast: Any) -> None:
    started: list[Callable[[], None]] = []
    sender = Sender(outbox, directory, {"email": transport}, spawn=started.append, at_once=2)
    outbox.due = [cast.message() for _ in range(5)]
    assert sender.send_due() == 2
    assert sender.send_due() == 0
    started.pop()()
    assert len(started) == 2
    while started:
        started.pop()()
    assert len(transport.letters) == 5
    assert isinstance(transport.answer, Accepted)


def test_ending_finishes_what_is_being_sent_and_starts_nothing(
    outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    started: list[Callable[[], None]] = []
    sender = Sender(outbox, directory, {"email": transport}, spawn=started.append)
    outbox.due = [cast.message()]
    sender.send_due()
    assert sender.end(0.0) is False
    outbox.due = [cast.message()]
    started.pop()()
    assert sender.end(0.0) is True
    assert sender.send_due() == 0
    assert len(transport.letters) == 1


def test_what_was_sent_is_recorded_as_soon_as_the_database_is_back(
    outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    waits: list[float] = []
    outbox.away = 3
    Sender(outbox, directory, {"email": transport}, spawn=at_once, pause=waits.append).send(cast.message())
    assert ending_of(outbox).state == "sent"
    assert waits == [0.5, 1.0, 2.0]
    assert len(transport.letters) == 1
