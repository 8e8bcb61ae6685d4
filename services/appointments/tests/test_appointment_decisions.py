"""Per command: it produces, it refuses, it stays quiet when said twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.appointments.domain import decisions
from clinic.appointments.domain.appointment import evolve
from clinic.appointments.domain.commands import BookAppointment, CancelAppointment, RescheduleAppointment
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.policy import snapshot
from clinic.contracts.appointments import AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, Window
from clinic.kernel.given import Scenario
from clinic.kernel.ids import new_id

NEXT_DAY = timedelta(days=1)


def appointment() -> Scenario:
    """Nothing yet."""
    return Scenario(evolve, None)


def move(booked: AppointmentBooked, **changes: Any) -> RescheduleAppointment:
    """To the same time of the next day."""
    command = RescheduleAppointment(booked.appointment_id, 1, booked.slot.starts_at + NEXT_DAY)
    return replace(command, **changes)


def moved(booked: AppointmentBooked, settings: Any, **changes: Any) -> AppointmentRescheduled:
    """What such a move records."""
    slot = booked.slot
    event = AppointmentRescheduled(
        appointment_id=booked.appointment_id,
        client_id=booked.client_id,
        clinician_id=booked.clinician_id,
        location_id=booked.location_id,
        appointment_type_id=booked.appointment_type_id,
        old=slot,
        new=slot_at(slot.starts_at + NEXT_DAY, slot.zone, slot.duration_minutes, slot.buffer_after_minutes),
        status="booked",
        revision=2,
        overlap_accepted=False,
        message_id=None,
        policy=snapshot(evolve(None, booked), settings, available_online=True, rules_version=7),
    )
    return replace(event, **changes)


class TestBooking:
    def test_staff_book_with_duration_buffer_and_zone_of_availability(self, settings: Any, offered: Any) -> None:
        command = BookAppointment(
            new_id(), new_id(), new_id(), new_id(), new_id(), datetime(2026, 7, 1, 9, tzinfo=UTC), False
        )
        event = decisions.book(command, settings, offered, overlaps=False)
        assert (event.slot.local_start, event.slot.zone) == ("2026-07-01T10:00", "Europe/London")
        assert event.slot.ends_at - event.slot.starts_at == timedelta(minutes=30)
        assert (event.status, event.occupies, event.revision) == ("booked", True, 1)


class TestRescheduling:
    def decide(self, given: Any, command: Any, now: Any, face: Any, **more: Any) -> Any:
        settings = more.pop("settings")
        arguments = {"check": None, "message_id": None, **more}
        return lambda state: decisions.reschedule(state, command, settings, now, face, **arguments)

    def test_a_client_moves_it_and_the_event_can_stand_alone(
        self, booked: Any, settings: Any, week_before: Any, offered: Any
    ) -> None:
        message = new_id()
        appointment().given(booked).when(
            self.decide(
                booked, move(booked), week_before, "client", settings=settings, check=offered, message_id=message
            )
        ).then(moved(booked, settings, message_id=message))

    def test_staff_move_it_whatever_the_windows_and_the_switch(
        self, booked: Any, settings: Any, week_before: Any
    ) -> None:
        closed = replace(settings, portal_on=False, may_change=False, edit_window=Window("never"))
        policy = snapshot(evolve(None, booked), closed, available_online=None, rules_version=None)
        appointment().given(booked).when(
            self.decide(booked, move(booked), booked.slot.starts_at, "staff", settings=closed)
        ).then(moved(booked, closed, policy=policy))

    @pytest.mark.parametrize("face", ["client", "staff"])
    def test_the_same_time_records_nothing(self, booked: Any, settings: Any, week_before: Any, face: Any) -> None:
        command = move(booked, starts_at=booked.slot.starts_at)
        appointment().given(booked).when(
            self.decide(booked, command, week_before, face, settings=settings)
        ).then_nothing()

    def test_said_twice_the_second_is_told_that_it_changed(
        self, booked: Any, settings: Any, week_before: Any, offered: Any
    ) -> None:
        appointment().given(booked, moved(booked, settings)).when(
            self.decide(booked, move(booked), week_before, "client", settings=settings, check=offered)
        ).refused("changed_meanwhile")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"portal_on": False}, "portal_off"),
            ({"online_booking_edition": "classic"}, "portal_off"),
            ({"may_change": False}, "changes_not_offered"),
            ({"edit_window": Window("never")}, "changes_not_offered"),
            ({"edit_window": Window("minutes", 8 * 24 * 60)}, "too_late_to_change"),
        ],
    )
    def test_a_client_is_refused_by_the_settings(
        self, booked: Any, settings: Any, week_before: Any, offered: Any, changes: Any, code: str
    ) -> None:
        wanted = replace(settings, **changes)
        appointment().given(booked).when(
            self.decide(booked, move(booked), week_before, "client", settings=wanted, check=offered)
        ).refused(code)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"available_online": False}, "clinician_not_available_online"),
            ({"offered": False}, "slot_not_offered"),
        ],
    )
    def test_a_client_is_refused_by_availability(
        self, booked: Any, settings: Any, week_before: Any, offered: Any, changes: Any, code: str
    ) -> None:
        check = replace(offered, **changes)
        appointment().given(booked).when(
            self.decide(booked, move(booked), week_before, "client", settings=settings, check=check)
        ).refused(code)

    def test_a_client_cannot_move_it_without_a_check_or_into_the_past(
        self, booked: Any, settings: Any, week_before: Any, offered: Any
    ) -> None:
        appointment().given(booked).when(
            self.decide(booked, move(booked), week_before, "client", settings=settings)
        ).refused("slot_not_offered")
        past = move(booked, starts_at=week_before)
        appointment().given(booked).when(
            self.decide(booked, past, week_before, "client", settings=settings, check=offered)
        ).refused("slot_not_offered")

    def test_what_has_begun_is_in_the_past_for_clients(self, booked: Any, settings: Any, offered: Any) -> None:
        always = replace(settings, edit_window=Window("always"))
        now = booked.slot.starts_at
        appointment().given(booked).when(
            self.decide(booked, move(booked), now, "client", settings=always, check=offered)
        ).refused("in_the_past")

    def test_a_message_needs_the_ability(self, booked: Any, settings: Any, week_before: Any, offered: Any) -> None:
        silent = replace(settings, may_leave_message=False)
        appointment().given(booked).when(
            self.decide(booked, move(booked, message="x"), week_before, "client", settings=silent, check=offered)
        ).refused("messages_not_offered")


class TestCancelling:
    def cancelled(self, booked: Any, settings: Any, **changes: Any) -> AppointmentCancelled:
        event = AppointmentCancelled(
            appointment_id=booked.appointment_id,
            client_id=booked.client_id,
            clinician_id=booked.clinician_id,
            location_id=booked.location_id,
            appointment_type_id=booked.appointment_type_id,
            slot=booked.slot,
            old_status="booked",
            status="cancelled_by_client",
            revision=2,
            message_id=None,
            policy=snapshot(evolve(None, booked), settings, available_online=None, rules_version=None),
            policy_text="Free until 24 hours before.",
        )
        return replace(event, **changes)

    def decide(self, booked: Any, settings: Any, now: Any, face: Any, **changes: Any) -> Any:
        command = replace(CancelAppointment(booked.appointment_id, 1, settings.policy_text_version), **changes)
        return lambda state: decisions.cancel(state, command, settings, now, face, message_id=None)

    def test_a_client_cancels_with_the_wording_that_was_shown(
        self, booked: Any, settings: Any, week_before: Any
    ) -> None:
        appointment().given(booked).when(self.decide(booked, settings, week_before, "client")).then(
            self.cancelled(booked, settings)
        )

    def test_staff_set_their_own_status_and_show_no_wording(self, booked: Any, settings: Any) -> None:
        never = replace(settings, may_cancel=False, cancellation_window=Window("never"))
        decide = self.decide(booked, never, booked.slot.starts_at, "staff", policy_text_version=None)
        appointment().given(booked).when(decide).then(
            self.cancelled(booked, never, status="cancelled_by_practice", policy_text="")
        )

    @pytest.mark.parametrize("face", ["client", "staff"])
    def test_said_twice_it_is_cancelled_already(self, booked: Any, settings: Any, week_before: Any, face: Any) -> None:
        appointment().given(booked, self.cancelled(booked, settings)).when(
            self.decide(booked, settings, week_before, face)
        ).refused("already_cancelled")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"portal_on": False}, "portal_off"),
            ({"may_cancel": False}, "cancellations_not_offered"),
            ({"cancellation_window": Window("never")}, "cancellations_not_offered"),
            ({"cancellation_window": Window("minutes", 8 * 24 * 60)}, "too_late_to_cancel"),
        ],
    )
    def test_a_client_is_refused_by_the_settings(
        self, booked: Any, settings: Any, week_before: Any, changes: Any, code: str
    ) -> None:
        wanted = replace(settings, **changes)
        appointment().given(booked).when(self.decide(booked, wanted, week_before, "client")).refused(code)

    @pytest.mark.parametrize("changes", [{"revision": 2}, {"policy_text_version": 1}])
    def test_a_client_who_saw_something_older_is_told(
        self, booked: Any, settings: Any, week_before: Any, changes: Any
    ) -> None:
        decide = self.decide(booked, settings, week_before, "client", **changes)
        appointment().given(booked).when(decide).refused("changed_meanwhile")


def test_one_that_was_missed_is_over_but_not_cancelled(settings: Any, booked: Any, week_before: Any) -> None:
    missed = evolve(None, replace(booked, status="did_not_attend", occupies=False))
    assert not missed.cancelled
    command = CancelAppointment(booked.appointment_id, 1)
    Scenario(evolve, missed).when(
        lambda state: decisions.cancel(state, command, settings, week_before, "staff", message_id=None)
    ).refused("in_the_past")


def test_a_stream_that_does_not_begin_is_broken(booked: Any, settings: Any) -> None:
    with pytest.raises(ValueError, match="begins"):
        evolve(None, moved(booked, settings))
