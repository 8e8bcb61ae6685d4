"""Who is alerted to what, and how: every combination of switches (F31-F33, F35)."""

from dataclasses import asdict, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from clinic.contracts.appointments import Paid
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import REACTIONS
from clinic.notifications.domain.alert_switches import AlertSwitches, alerted_users
from clinic.notifications.domain.delivery import NO_USER
from clinic.notifications.domain.messages import alert_cause
from clinic.notifications.domain.variables import as_text

SWITCHES = [name for name in asdict(AlertSwitches()) if name != "within_hours"]
HOURS = 24
AWAY = {
    "much nearer": timedelta(hours=1),
    "just within": timedelta(hours=HOURS) - timedelta(microseconds=1),
    "exactly at": timedelta(hours=HOURS),
    "far outside": timedelta(days=9),
    "already begun": timedelta(hours=-1),
}


def expected(on: set[str], kind: str, whose: str, *, near: bool) -> tuple[bool, bool]:
    """In the app, by e-mail: the rule once more, as a table of names."""
    what = "change" if kind == "rescheduled" else "cancel"
    mail = {f"email_{what}_any"} | ({f"email_{what}_own"} if whose == "own" else set())
    always = whose == "own"
    return always or (near and f"in_app_{what}_others" in on), near and bool(mail & on)


@pytest.mark.parametrize("away", AWAY)
@pytest.mark.parametrize("within_hours", [None, HOURS])
@pytest.mark.parametrize("whose", ["own", "others"])
@pytest.mark.parametrize("kind", ["rescheduled", "cancelled"])
def test_every_combination_of_switches_alerts_whom_it_says(
    cast: Any, kind: Any, whose: str, within_hours: int | None, away: str
) -> None:
    user = cast.dr_bo if whose == "own" else cast.olga
    near = within_hours is None or away in {"much nearer", "just within", "already begun"}
    for chosen in product([False, True], repeat=len(SWITCHES)):
        switches = AlertSwitches(**dict(zip(SWITCHES, chosen, strict=True)), within_hours=within_hours)
        on = {name for name in SWITCHES if getattr(switches, name)}
        found = alerted_users(kind, cast.dr_bo, cast.now + AWAY[away], cast.now, {user: switches})
        assert cast.dr_bo in found.in_app
        assert found.in_app | found.by_email <= {cast.dr_bo, user}
        assert (user in found.in_app, user in found.by_email) == expected(on, kind, whose, near=near), on


def test_without_any_switch_the_clinician_alone_is_alerted_in_the_app(cast: Any) -> None:
    found = alerted_users("cancelled", cast.dr_bo, cast.start, cast.now, {})
    assert (found.in_app, found.by_email) == ({cast.dr_bo}, set())


ALL_ON = AlertSwitches(*[True] * len(SWITCHES))


@pytest.mark.parametrize("what", ["rescheduled", "cancelled"])
def test_a_change_by_the_client_alerts_both_users_both_ways_once(cast: Any, queue: Any, what: str) -> None:
    queue.switches = {cast.dr_bo: ALL_ON, cast.olga: ALL_ON}
    fact = getattr(cast, what)()
    recorded = cast.recorded(fact)
    REACTIONS[type(fact).__name__](queue, recorded)
    assert queue.asked_for == [recorded.recorded_at]
    assert [alert.user_id for alert in queue.alerts] == [cast.dr_bo, cast.olga]
    assert {alert.clinician_id for alert in queue.alerts} == {cast.dr_bo}
    mails = [one for one in queue.intentions if one.user_id]
    assert [(one.user_id, one.channel) for one in mails] == [(cast.dr_bo, "email"), (cast.olga, "email")]
    assert {one.told.kind for one in mails} == {"alert_changed" if what == "rescheduled" else "alert_cancelled"}
    assert [one.cause_id for one in mails] == [alert_cause(recorded.event_id, one.user_id) for one in mails]
    assert len({one.cause_id for one in queue.intentions}) == 3


def test_what_was_paid_goes_with_every_alert_to_the_cancellation(cast: Any, queue: Any) -> None:
    queue.switches = {cast.olga: ALL_ON}
    REACTIONS["AppointmentCancelled"](queue, cast.recorded(cast.cancelled(paid=Paid(4500, 500, "GBP"))))
    paid = Paid(4500, 500, "GBP")
    assert [(alert.user_id, alert.paid) for alert in queue.alerts] == [(cast.dr_bo, paid), (cast.olga, paid)]
    assert [one.told.paid for one in queue.intentions if one.user_id] == [paid]


@pytest.mark.parametrize("what", ["rescheduled", "cancelled"])
def test_a_change_by_staff_alerts_nobody_whatever_is_switched_on(cast: Any, queue: Any, what: str) -> None:
    queue.switches = {cast.dr_bo: ALL_ON, cast.olga: ALL_ON}
    fact = getattr(cast, what)()
    REACTIONS[type(fact).__name__](queue, cast.recorded(fact, by="staff"))
    assert queue.alerts == []
    assert not [one for one in queue.intentions if one.user_id]


def test_the_time_before_the_change_counts_not_the_new_one(cast: Any, queue: Any) -> None:
    soon, later = cast.now + timedelta(hours=2), cast.now + timedelta(days=20)
    queue.switches = {cast.olga: replace(ALL_ON, within_hours=3)}
    for old, new in ((soon, later), (later, soon)):
        fact = cast.rescheduled(old=cast.slot(old), new=cast.slot(new))
        REACTIONS[type(fact).__name__](queue, cast.recorded(fact))
    assert [one.told.old_starts_at for one in queue.intentions if one.user_id] == [soon]
    assert [alert.user_id for alert in queue.alerts] == [cast.dr_bo, cast.olga, cast.dr_bo]


def test_an_alert_may_be_sent_for_a_day_even_after_the_start(cast: Any, queue: Any) -> None:
    queue.switches = {cast.olga: ALL_ON}
    fact = cast.cancelled(slot=cast.slot(cast.now + timedelta(minutes=5)))
    REACTIONS[type(fact).__name__](queue, cast.recorded(fact))
    assert [one.not_after for one in queue.intentions if one.user_id] == [cast.now + timedelta(hours=24)]


STAFF = "https://staff.example"


@pytest.fixture
def sender(outbox: Any, directory: Any, transport: Any) -> Sender:
    """A sender that knows where the staff pages are."""
    return Sender(outbox, directory, {"email": transport}, spawn=lambda work: work(), staff_url=STAFF)


def test_an_alert_says_what_moved_and_leads_to_the_staff_page(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    sender.send(cast.alert_message())
    (letter,) = transport.letters
    assert (letter.to_address, letter.to_name) == ("olga@riverside.example", "Olga Novak")
    assert letter.subject == "A client moved an appointment to Wednesday 2 December, 10:20am"
    assert (
        as_text(letter.blocks)
        == f"""A client changed the time of an appointment at Riverside Clinic.

Old time: Tuesday 1 December 2026, 9am
New time: Wednesday 2 December 2026, 10:20am
Where: Riverside, 1 High Street, AB1 2CD
With: Dr Bo

Open the appointment {STAFF}/p/riverside/appointments/{cast.appointment_id}

You get this e-mail because of the alerts in your profile.
"""
    )
    assert directory.links == 0
    assert not letter.has_calendar_file
    ((_, ending),) = outbox.endings
    assert ending.state == "sent"
    assert "Olga" not in ending.body


def test_an_alert_about_a_cancellation_says_that_the_time_is_free(sender: Sender, transport: Any, cast: Any) -> None:
    sender.send(cast.alert_message(kind="alert_cancelled", old_starts_at=None))
    (letter,) = transport.letters
    assert letter.subject == "A client cancelled the appointment on Wednesday 2 December, 10:20am"
    assert "The time is free again." in as_text(letter.blocks)
    assert "Cancelled: Wednesday 2 December 2026, 10:20am" in as_text(letter.blocks)


def test_an_alert_stays_true_when_the_appointment_moves_on(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.appointment_now = replace(cast.appointment, revision=9, cancelled=True)
    sender.send(cast.alert_message())
    ((_, ending),) = outbox.endings
    assert ending.state == "sent"


def test_an_alert_that_the_ledger_does_not_know_waits_and_an_old_one_fails(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.appointment_now = replace(cast.appointment, revision=1)
    sender.send(cast.alert_message())
    sender.send(replace(cast.alert_message(), now=cast.now + timedelta(hours=24)))
    assert [ending.state for _, ending in outbox.endings] == ["queued", "failed"]


def test_a_user_who_is_gone_or_has_no_address_is_not_written_to(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    directory.user_now = replace(cast.colleague, email="")
    sender.send(cast.alert_message())
    directory.user_now = None
    sender.send(cast.alert_message())
    assert [ending.state for _, ending in outbox.endings] == ["failed", "failed"]
    assert outbox.endings[1][1].reason == NO_USER
    assert transport.letters == []
