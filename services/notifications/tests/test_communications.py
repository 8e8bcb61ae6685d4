"""Triggers and texts (F43, F44): which words a message has, and what may not be saved."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from clinic.contracts.appointments import AppointmentStatusChanged
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import IMPORT
from clinic.notifications.application.communications import decide, preview
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import REACTIONS
from clinic.notifications.domain.communication_faults import MOST_BODY, MOST_TRIGGERS, faults_in
from clinic.notifications.domain.communications import DEFAULTS, TRIGGERED, Communications, Template, Trigger
from clinic.notifications.domain.variables import VARIABLES, as_text

WARM, SHORT, PHYSIO = UUID(int=1), UUID(int=2), UUID(int=3)
TEMPLATE = Template(
    WARM, "Warm", "confirmation", "email", "See you on {Appt. Day}", "Dear {Client First Name},\n\n{Next Appt. Link}"
)
SMS = Template(SHORT, "Short", "reminder", "sms", "", "{Appt. Time}! {Next Appt. URL}")


def deciding(*triggers: Trigger, templates: tuple[Template, ...] = (TEMPLATE, SMS)) -> Communications:
    """These triggers alone."""
    return replace(DEFAULTS, triggers=triggers, templates=templates)


def status_changed(cast: Any) -> AppointmentStatusChanged:
    """Pat arrived."""
    booked = cast.booked()
    return AppointmentStatusChanged(
        booked.appointment_id, booked.client_id, booked.clinician_id, booked.location_id, booked.appointment_type_id,
        booked.slot, "booked", "arrived", True, 2, False,
    )  # fmt: skip


def test_a_status_change_is_told_only_where_a_trigger_says_so(cast: Any, queue: Any) -> None:
    fact = status_changed(cast)
    REACTIONS["AppointmentStatusChanged"](queue, cast.recorded(fact, by="staff"))
    assert queue.intentions == []
    queue.communications = deciding(Trigger("status_changed", "sms", True))
    REACTIONS["AppointmentStatusChanged"](queue, cast.recorded(fact, by="staff"))
    assert [(one.channel, one.told.kind, one.told.revision) for one in queue.intentions] == [
        ("sms", "status_changed", 2)
    ]
    assert queue.alerts == []


@pytest.mark.parametrize("kind", ["booked", "rescheduled", "cancelled", "status"])
def test_what_an_import_records_tells_nobody(cast: Any, queue: Any, kind: str) -> None:
    fact = status_changed(cast) if kind == "status" else getattr(cast, kind)()
    queue.communications = deciding(*(Trigger(one, "email", True) for one in TRIGGERED if one != "reminder"))
    recorded = replace(cast.recorded(fact), actor=IMPORT)
    REACTIONS[recorded.type](queue, recorded)
    assert (queue.intentions, queue.alerts) == ([], [])


def test_a_channel_that_is_off_and_one_without_a_trigger_send_nothing(cast: Any, queue: Any) -> None:
    queue.communications = deciding(Trigger("confirmation", "email", False))
    REACTIONS["AppointmentBooked"](queue, cast.recorded(cast.booked(), by="staff"))
    assert queue.intentions == []


def test_a_types_own_trigger_wins_and_one_message_goes_per_channel(cast: Any, queue: Any) -> None:
    type_id = cast.booked().appointment_type_id
    queue.communications = deciding(
        Trigger("confirmation", "email", True),
        Trigger("confirmation", "email", True, appointment_type_id=type_id, template_id=WARM),
        Trigger("confirmation", "sms", True),
        Trigger("confirmation", "sms", False, appointment_type_id=type_id),
    )
    REACTIONS["AppointmentBooked"](queue, cast.recorded(cast.booked(), by="staff"))
    (queued,) = queue.intentions
    assert (queued.channel, queued.subject, queued.wording) == (
        "email",
        "See you on Tuesday 1 December",
        TEMPLATE.body,
    )


def test_the_practices_words_are_sent_as_they_were_when_the_message_was_queued(
    cast: Any, outbox: Any, directory: Any, transport: Any
) -> None:
    sender = Sender(outbox, directory, {"email": transport, "sms": transport}, spawn=lambda work: work())
    sender.send(replace(cast.message(), wording=TEMPLATE.body, subject="See you on Wednesday 2 December"))
    sender.send(replace(cast.message(channel="sms"), wording=SMS.body))
    mail, text = transport.letters
    assert mail.subject == "See you on Wednesday 2 December"
    assert as_text(mail.blocks) == f"Dear Pat,\n\nManage Appointment:\n{cast.url}\n"
    assert text.short_text == f"10:20am! {cast.url}"
    assert [ending.body for _, ending in outbox.endings] == [
        "Dear {Client First Name},\n\nManage Appointment:\n{Next Appt. URL}\n",
        "10:20am! {Next Appt. URL}",
    ]


@pytest.mark.parametrize(
    ("wanted", "place", "says"),
    [
        (
            deciding(templates=(replace(TEMPLATE, body="Dear\n{Client Surname}"),)),
            "templates.0.body",
            "Line 2: there is no variable {Client Surname}.",
        ),
        (
            deciding(templates=(replace(SMS, body="Hi\n{Client\nFirst Name}"),)),
            "templates.0.body",
            "Line 2: {Client First Name} has to stand on one line.",
        ),
        (deciding(templates=(replace(TEMPLATE, body="a\x00b"),)), "templates.0.body", "cannot be kept"),
        (deciding(templates=(replace(SMS, body="a\ud800b"),)), "templates.0.body", "cannot be kept"),
        (deciding(templates=(replace(SMS, body="a\u2028b"),)), "templates.0.body", "cannot be kept"),
        (deciding(templates=(replace(TEMPLATE, name="a\x00b"),)), "templates.0.name", "cannot be kept"),
        (deciding(templates=(replace(TEMPLATE, name="a\nb"),)), "templates.0.name", "cannot be kept"),
        (deciding(templates=(replace(TEMPLATE, body=" "),)), "templates.0.body", "Enter a text"),
        (deciding(templates=(replace(TEMPLATE, subject="Hi {Client First Name}"),)), "templates.0.subject", "cannot"),
        (deciding(templates=(replace(TEMPLATE, subject=""),)), "templates.0.subject", "Enter a subject"),
        (deciding(templates=(replace(TEMPLATE, subject="a\nb"),)), "templates.0.subject", "one line"),
        (deciding(templates=(replace(SMS, subject="x"),)), "templates.0.subject", "no subject"),
        (deciding(templates=(replace(SMS, body="x" * (MOST_BODY["sms"] + 1)),)), "templates.0.body", "at most"),
        (
            deciding(templates=(replace(SMS, body="€" * 230),)),
            "templates.0.body",
            "3 text messages at most; it takes 4",
        ),
        (deciding(templates=(replace(TEMPLATE, name=" "),)), "templates.0.name", "name"),
        (deciding(templates=(TEMPLATE, replace(TEMPLATE, id=SHORT))), "templates.0.name", "Another"),
        (deciding(templates=(TEMPLATE, replace(TEMPLATE, name="Other"))), "templates.1.id", "Two templates"),
        (deciding(Trigger("reminder", "sms", True)), "triggers.0.minutes_before", "between"),
        (deciding(Trigger("reminder", "sms", True, minutes_before=59)), "triggers.0.minutes_before", "1 hour"),
        (deciding(Trigger("reminder", "sms", True, minutes_before=10_081)), "triggers.0.minutes_before", "7 days"),
        (deciding(Trigger("changed", "sms", True, minutes_before=60)), "triggers.0.minutes_before", "Only a reminder"),
        (deciding(Trigger("changed", "sms", True), Trigger("changed", "sms", False)), "triggers.1", "already"),
        (deciding(Trigger("changed", "email", True, template_id=WARM)), "triggers.0.template_id", "another kind"),
        (deciding(Trigger("changed", "email", True, template_id=PHYSIO)), "triggers.0.template_id", "no such"),
        (deciding(*[Trigger("changed", "email", True)] * (MOST_TRIGGERS + 1)), "triggers", "at most"),
    ],
)
def test_what_may_not_be_saved_is_named_with_its_place(wanted: Communications, place: str, says: str) -> None:
    found = {fault.place: fault.said for fault in reversed(faults_in(wanted))}
    assert says in found[place]


def test_the_defaults_and_every_end_of_the_range_may_be_saved() -> None:
    assert faults_in(DEFAULTS) == []
    ends = (Trigger("reminder", "sms", True, minutes_before=minutes, template_id=SHORT) for minutes in (60, 10_080))
    assert faults_in(deciding(*ends)) == []


class OnlyRefuses:
    """A desk that nothing may reach."""

    def __init__(self, answer: Communications | None = None) -> None:
        self.answer = answer
        self.asked = 0

    def decide(self, practice_id: UUID, wanted: Communications, by: UUID) -> Communications | None:
        self.asked += 1
        return self.answer


def test_a_fault_saves_nothing_and_a_save_meanwhile_is_told() -> None:
    desk: Any = OnlyRefuses()
    with pytest.raises(Refused) as refused:
        decide(desk, WARM, WARM, deciding(templates=(replace(TEMPLATE, body="{Nothing}"),)))
    assert (refused.value.code, desk.asked) == ("invalid", 0)
    assert refused.value.facts["errors"] == {"templates.0.body": ["Line 1: there is no variable {Nothing}."]}
    with pytest.raises(Refused) as refused:
        decide(desk, WARM, WARM, DEFAULTS)
    assert refused.value.code == "changed_meanwhile"


def test_a_preview_is_about_nobody(cast: Any) -> None:
    shown = preview(TEMPLATE, cast.practice, cast.now)
    assert shown["subject"] == "See you on Tuesday 1 December"
    assert shown["text"].startswith("Dear Alex,\n\nManage Appointment:\nhttps://portal.example/p/riverside/a/0000")
    assert shown["has_way_to_portal"] is True
    assert preview(replace(SMS, body="Bye"), cast.practice, cast.now)["has_way_to_portal"] is False
    with pytest.raises(Refused):
        preview(replace(TEMPLATE, body="{Nothing}"), cast.practice, cast.now)


def test_every_variable_can_be_previewed(cast: Any) -> None:
    body = "\n".join(f"{{{name}}}" for name in VARIABLES)
    assert preview(replace(TEMPLATE, body=body), cast.practice, cast.now)["text"]
