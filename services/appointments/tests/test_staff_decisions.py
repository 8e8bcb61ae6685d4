"""What only staff decide: per command it produces, it refuses, it stays quiet when said twice (F18, F26, F34)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.appointments.domain import decisions, staff_decisions
from clinic.appointments.domain.appointment import evolve
from clinic.appointments.domain.commands import (
    CancelAppointment,
    ChangeRules,
    ChangeStatus,
    RecordPayment,
    RecordRefund,
)
from clinic.appointments.domain.occupancy import occupancy_of
from clinic.appointments.domain.portal_settings import STATUSES
from clinic.contracts.appointments import (
    AppointmentBooked,
    AppointmentImported,
    AppointmentRescheduled,
    AppointmentRulesChanged,
    AppointmentStatusChanged,
    Paid,
    PaymentRecorded,
    RefundRecorded,
    Rules,
    Window,
)
from clinic.kernel.errors import Refused
from clinic.kernel.given import Scenario
from clinic.kernel.ids import new_id

ID = new_id()


def status(booked: AppointmentBooked, code: str, **changes: Any) -> AppointmentStatusChanged:
    """What a change of the booked appointment's status records."""
    event = AppointmentStatusChanged(
        appointment_id=booked.appointment_id,
        client_id=booked.client_id,
        clinician_id=booked.clinician_id,
        location_id=booked.location_id,
        appointment_type_id=booked.appointment_type_id,
        slot=booked.slot,
        old_status="booked",
        status=code,
        occupies=code in {"booked", "confirmed", "arrived"},
        revision=2,
        overlap_accepted=False,
    )
    return replace(event, **changes)


def give(settings: Any, code: str, revision: int = 1, **more: Any) -> Callable[[Any], Any]:
    """The decision to give a status."""
    return lambda state: staff_decisions.change_status(
        state, ChangeStatus(state.appointment_id, revision, code), settings, **more
    )


class TestStatus:
    @pytest.mark.parametrize("code", ["confirmed", "arrived", "cancelled_by_client", "did_not_attend"])
    def test_any_status_of_the_list(self, booked: Any, settings: Any, code: str) -> None:
        Scenario(evolve, None).given(booked).when(give(settings, code)).then(status(booked, code))

    def test_a_cancelled_one_attends_again_and_takes_its_time(self, booked: Any, settings: Any) -> None:
        gone = status(booked, "cancelled_by_client")
        back = status(booked, "booked", old_status="cancelled_by_client", revision=3)
        Scenario(evolve, None).given(booked, gone).when(give(settings, "booked", 2)).then(back)
        assert not occupancy_of(evolve(evolve(None, booked), gone)).occupies
        again = evolve(evolve(evolve(None, booked), gone), back)
        assert (occupancy_of(again).occupies, occupancy_of(again).exclusive, again.cancelled) == (True, True, False)

    def test_it_attends_again_over_another_one_knowingly(self, booked: Any, settings: Any) -> None:
        back = status(booked, "arrived", old_status="did_not_attend", revision=3, overlap_accepted=True)
        Scenario(evolve, None).given(booked, status(booked, "did_not_attend")).when(
            give(settings, "arrived", 2, overlaps=True)
        ).then(back)
        assert not occupancy_of(evolve(evolve(None, booked), back)).exclusive

    def test_one_that_overlaps_knowingly_still_does_so_when_it_arrives(self, booked: Any, settings: Any) -> None:
        overlapping = replace(booked, overlap_accepted=True)
        Scenario(evolve, None).given(overlapping).when(give(settings, "arrived")).then(
            status(booked, "arrived", overlap_accepted=True)
        )

    def test_the_same_status_again_records_nothing(self, booked: Any, settings: Any) -> None:
        Scenario(evolve, None).given(booked).when(give(settings, "booked")).then_nothing()

    def test_the_same_status_counts_anew_once_its_flag_is_another(self, booked: Any, settings: Any) -> None:
        fewer = tuple(replace(one, attending=False) if one.code == "arrived" else one for one in STATUSES)
        arrived = status(booked, "arrived")
        assert evolve(evolve(None, booked), arrived).occupies, "what was recorded stays"
        Scenario(evolve, None).given(booked, arrived).when(give(replace(settings, statuses=fewer), "arrived", 2)).then(
            status(booked, "arrived", old_status="arrived", revision=3, occupies=False)
        )

    def test_an_unknown_status_and_an_old_revision_are_refused(self, booked: Any, settings: Any) -> None:
        Scenario(evolve, None).given(booked).when(give(settings, "asleep")).refused("invalid")
        Scenario(evolve, None).given(booked, status(booked, "arrived")).when(give(settings, "confirmed", 1)).refused(
            "changed_meanwhile"
        )


class TestRules:
    def test_they_are_recorded_and_the_revision_stays(self, booked: Any) -> None:
        rules = Rules(may_cancel=False, edit_window=Window("minutes", 90))
        event = AppointmentRulesChanged(booked.appointment_id, booked.client_id, rules)
        Scenario(evolve, None).given(booked).when(
            lambda state: staff_decisions.change_rules(state, ChangeRules(state.appointment_id, 1, rules))
        ).then(event)
        after = evolve(evolve(None, booked), event)
        assert (after.rules, after.revision) == (rules, 1)

    @pytest.mark.parametrize(
        ("rules", "revision", "code"),
        [
            (Rules(edit_window=Window("minutes", -5)), 1, "invalid"),
            (Rules(cancellation_window=Window("never", 5)), 1, "invalid"),
            (Rules(edit_window=Window("minutes", 366 * 24 * 60)), 1, "invalid"),
            (Rules(may_change=True), 2, "changed_meanwhile"),
        ],
    )
    def test_what_cannot_be_is_refused(self, booked: Any, rules: Rules, revision: int, code: str) -> None:
        Scenario(evolve, None).given(booked).when(
            lambda state: staff_decisions.change_rules(state, ChangeRules(state.appointment_id, revision, rules))
        ).refused(code)

    def test_the_same_rules_record_nothing(self, booked: Any) -> None:
        Scenario(evolve, None).given(booked).when(
            lambda state: staff_decisions.change_rules(state, ChangeRules(state.appointment_id, 1, Rules()))
        ).then_nothing()


class TestPayments:
    def pay(self, booked: AppointmentBooked, pence: int, now: Any) -> PaymentRecorded:
        return PaymentRecorded(ID, booked.appointment_id, booked.client_id, pence, "GBP", "card", now)

    def refund(self, booked: AppointmentBooked, pence: int, now: Any) -> Callable[[Any], Any]:
        command = RecordRefund(booked.appointment_id, pence, now)
        return lambda state: [staff_decisions.record_refund(state, command, now, ID)]

    def test_payments_add_up_and_refunds_are_taken_off(self, booked: Any, week_before: Any) -> None:
        event = RefundRecorded(ID, booked.appointment_id, booked.client_id, 4000, "GBP", week_before)
        paid = (self.pay(booked, 3000, week_before), self.pay(booked, 1500, week_before))
        Scenario(evolve, None).given(booked, *paid).when(self.refund(booked, 4000, week_before)).then(event)
        state = evolve(None, booked)
        for fact in (*paid, event):
            state = evolve(state, fact)
        assert (state.paid_pence, state.refunded_pence, state.kept_pence, state.revision) == (4500, 4000, 500, 1)

    def test_no_more_is_refunded_than_was_paid(self, booked: Any, week_before: Any) -> None:
        paid = self.pay(booked, 3000, week_before)
        given_back = RefundRecorded(ID, booked.appointment_id, booked.client_id, 1000, "GBP", week_before)
        Scenario(evolve, None).given(booked).when(self.refund(booked, 1, week_before)).refused("invalid")
        Scenario(evolve, None).given(booked, paid, given_back).when(self.refund(booked, 2001, week_before)).refused(
            "invalid"
        )

    @pytest.mark.parametrize(("currency", "later"), [("EUR", timedelta(0)), ("GBP", timedelta(seconds=1))])
    def test_another_currency_and_the_future_are_refused(
        self, booked: Any, week_before: Any, currency: str, later: timedelta
    ) -> None:
        command = RecordPayment(booked.appointment_id, 100, currency, "cash", week_before + later)
        Scenario(evolve, None).given(booked, self.pay(booked, 1, week_before)).when(
            lambda state: [staff_decisions.record_payment(state, command, week_before, ID)]
        ).refused("invalid")

    @pytest.mark.parametrize("face", ["client", "staff"])
    def test_a_cancellation_says_what_was_paid_and_refunded(
        self, booked: Any, settings: Any, week_before: Any, face: Any
    ) -> None:
        state = evolve(evolve(None, booked), self.pay(booked, 4500, week_before))
        state = evolve(state, RefundRecorded(ID, booked.appointment_id, booked.client_id, 500, "GBP", week_before))
        command = CancelAppointment(booked.appointment_id, 1)
        (event,) = decisions.cancel(state, command, settings, week_before, face, message_id=None)
        assert event.paid == Paid(4500, 500, "GBP")

    def test_a_change_keeps_the_payment(self, booked: Any, settings: Any, week_before: Any) -> None:
        state = evolve(evolve(None, booked), self.pay(booked, 4500, week_before))
        command = decisions.RescheduleAppointment(booked.appointment_id, 1, booked.slot.starts_at + timedelta(days=1))
        (event,) = decisions.reschedule(state, command, settings, week_before, "staff", check=None, message_id=None)
        assert isinstance(event, AppointmentRescheduled)
        assert evolve(state, event).kept_pence == 4500


def test_time_that_a_moved_one_does_not_take_stays_free(booked: Any, settings: Any, week_before: Any) -> None:
    """An import may move one that is cancelled: only its status says whether it takes time."""
    imported = AppointmentImported(
        **{name: getattr(booked, name) for name in AppointmentBooked.__slots__}, external_ref="A1"
    )
    gone = evolve(None, replace(imported, status="cancelled_by_client", occupies=False))
    state = evolve(None, booked)
    command = decisions.RescheduleAppointment(booked.appointment_id, 1, booked.slot.starts_at + timedelta(days=1))
    (event,) = decisions.reschedule(state, command, settings, week_before, "staff", check=None, message_id=None)
    assert not occupancy_of(evolve(gone, event)).occupies


def test_refusals_name_their_field(booked: Any, settings: Any) -> None:
    with pytest.raises(Refused) as refused:
        give(settings, "asleep")(evolve(None, booked))
    assert refused.value.facts == {"errors": {"status": ["unknown_status"]}}
