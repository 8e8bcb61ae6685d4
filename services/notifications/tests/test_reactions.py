"""What the ledger's events lead to."""

from typing import Any

import pytest

from clinic.contracts.catalog import CATALOG
from clinic.notifications.application import reactions
from clinic.notifications.bootstrap import REACTIONS


def test_every_event_of_appointments_has_a_reaction_or_is_ignored() -> None:
    known = {name for name, event in CATALOG.items() if event.publisher == "appointments"}
    assert set(REACTIONS) | set(reactions.IGNORED) == known
    assert not set(REACTIONS) & set(reactions.IGNORED)


def test_an_imported_appointment_tells_nobody() -> None:
    assert "AppointmentImported" in reactions.IGNORED


def test_a_booking_queues_a_confirmation_on_both_channels(cast: Any, queue: Any) -> None:
    reactions.when_appointment_booked_queue_confirmation(queue, cast.recorded(cast.booked(), by="staff"))
    assert [(one.channel, one.told.kind) for one in queue.intentions] == [
        ("email", "confirmation"),
        ("sms", "confirmation"),
    ]
    assert queue.alerts == []


def test_a_change_by_the_client_tells_client_and_clinician(cast: Any, queue: Any) -> None:
    recorded = cast.recorded(cast.rescheduled(message_id=cast.appointment_id))
    reactions.when_appointment_rescheduled_tell_client_and_users(queue, recorded)
    told = queue.intentions[0].told
    assert (told.kind, told.old_starts_at, told.starts_at, told.revision) == ("changed", cast.old_start, cast.start, 2)
    (alert,) = queue.alerts
    assert (alert.user_id, alert.kind, alert.old_starts_at, alert.starts_at) == (
        cast.dr_bo,
        "rescheduled",
        cast.old_start,
        cast.start,
    )
    assert alert.message_id == cast.appointment_id


def test_a_cancellation_by_the_client_without_a_message_alerts_too(cast: Any, queue: Any) -> None:
    reactions.when_appointment_cancelled_tell_client_and_users(queue, cast.recorded(cast.cancelled()))
    (alert,) = queue.alerts
    assert (alert.kind, alert.message_id) == ("cancelled", None)


@pytest.mark.parametrize("what", ["rescheduled", "cancelled"])
def test_a_change_by_staff_tells_the_client_but_alerts_nobody(cast: Any, queue: Any, what: str) -> None:
    fact = getattr(cast, what)()
    REACTIONS[type(fact).__name__](queue, cast.recorded(fact, by="staff"))
    assert len(queue.intentions) == 2
    assert queue.alerts == []


def test_a_message_is_never_worth_sending_after_the_start(cast: Any, queue: Any) -> None:
    soon = cast.slot(cast.now)
    reactions.when_appointment_cancelled_tell_client_and_users(queue, cast.recorded(cast.cancelled(slot=soon)))
    assert {one.not_after for one in queue.intentions} == {cast.now}
