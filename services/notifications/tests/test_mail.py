"""Mails, text messages and calendar files as they leave: golden files; `UPDATE_GOLDEN=1` writes them anew."""

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from received_mail import FROM, headers, matches, part, received

from clinic.contracts.appointments import Paid
from clinic.notifications.adapters.mail import envelope_of
from clinic.notifications.adapters.mail_layout import html_of
from clinic.notifications.application.compose import compose, compose_alert
from clinic.notifications.application.ports import Letter
from clinic.notifications.domain.delivery import Failed

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("confirmation", "changed", "cancelled", "status_changed", "reminder")


def letter_of(cast: Any, kind: str, channel: str = "email", **contact: Any) -> Letter:
    """The letter of a kind about the appointment at revision 2."""
    message = cast.message(channel=channel, kind=kind, old_starts_at=cast.old_start if kind == "changed" else None)
    whom = replace(cast.contact, **contact)
    return compose(message, message.told, cast.appointment, cast.practice, whom, cast.place, whom.email, cast.url)


def attached(mail: EmailMessage) -> Any:
    """The one attachment."""
    (attachment,) = mail.iter_attachments()
    return attachment


def matches_golden(name: str, found: str) -> None:
    """Compares with the golden file of that name."""
    matches(GOLDEN / name, found)


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_what_the_golden_files_say(cast: Any, kind: str) -> None:
    mail = received(letter_of(cast, kind))
    matches_golden(f"{kind}.headers", headers(mail))
    matches_golden(f"{kind}.txt", part(mail, "plain"))
    matches_golden(f"{kind}.html", part(mail, "html"))
    matches_golden(f"{kind}.ics", attached(mail).get_content())
    matches_golden(f"{kind}.sms", letter_of(cast, kind, "sms").short_text)


@pytest.mark.parametrize(("kind", "method"), [(kind, "CANCEL" if kind == "cancelled" else "REQUEST") for kind in KINDS])
def test_the_method_stands_in_the_mime_type_and_in_the_file(cast: Any, kind: str, method: str) -> None:
    attachment = attached(received(letter_of(cast, kind)))
    assert attachment.get_content_type() == "text/calendar"
    assert attachment["Content-Type"].params["method"] == method
    assert attachment.get_filename() == "appointment.ics"
    calendar: Any = Calendar.from_ical(attachment.get_content())
    assert calendar["METHOD"] == method
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == f"{cast.appointment_id}@riverside.clinic-portal"
    assert event["SEQUENCE"] == 2
    assert event["DTSTART"].dt == cast.start


@pytest.mark.parametrize("kind", ["alert_changed", "alert_cancelled"])
def test_an_alert_to_a_user_is_what_the_golden_files_say(cast: Any, kind: str) -> None:
    message = cast.alert_message(kind=kind, old_starts_at=cast.old_start if kind == "alert_changed" else None)
    url = f"https://staff.example/p/riverside/appointments/{cast.appointment_id}"
    letter = compose_alert(message, message.told, cast.appointment, cast.practice, cast.colleague, cast.place, url)
    mail = received(letter)
    matches_golden(f"{kind}.headers", headers(mail))
    matches_golden(f"{kind}.txt", part(mail, "plain"))
    matches_golden(f"{kind}.html", part(mail, "html"))
    assert not list(mail.iter_attachments())
    for secret in ("Pat", "Doe", cast.url, "/a/"):
        assert secret not in mail.as_string()


@pytest.mark.parametrize(
    ("paid", "says", "decides"),
    [
        (None, "", ""),
        (Paid(4500, 0, "GBP"), "Paid: £45.00.", "whether any of it is refunded is for the practice to decide"),
        (Paid(123456, 0, "GBP"), "Paid: £1,234.56.", "whether any of it is refunded is for the practice to decide"),
        (
            Paid(4500, 1500, "GBP"),
            "Paid: £45.00, of which £15.00 was already refunded.",
            "whether the rest is refunded is for the practice to decide",
        ),
        (Paid(4500, 4500, "CHF"), "Paid: CHF 45.00. All of it was already refunded.", ""),
    ],
    ids=["nothing", "paid", "thousands", "some back", "all back"],
)
def test_an_alert_to_a_paid_cancellation_says_what_was_paid_and_who_decides(
    cast: Any, paid: Paid | None, says: str, decides: str
) -> None:
    message = cast.alert_message(kind="alert_cancelled", old_starts_at=None, paid=paid)
    letter = compose_alert(
        message, message.told, cast.appointment, cast.practice, cast.colleague, cast.place, "https://staff.example/"
    )
    text = " ".join(part(received(letter), "plain").split())
    assert ("Paid" in text) == bool(paid)
    assert says in text
    assert decides in text
    assert ("to decide" in text) == bool(decides)


@pytest.mark.parametrize("kind", KINDS)
def test_subject_and_calendar_file_say_nothing_clinical(cast: Any, kind: str) -> None:
    letter = letter_of(cast, kind)
    calendar = attached(received(letter)).get_content()
    assert "SUMMARY:Appointment at Riverside Clinic" in calendar
    assert "CLASS:PRIVATE" in calendar
    assert "Dr Bo" not in calendar
    assert "Riverside" not in letter.subject


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_asks_no_other_host_for_anything(cast: Any, kind: str) -> None:
    html = html_of(letter_of(cast, kind))
    assert "<img" not in html
    assert "fonts.googleapis" not in html
    assert html.count('href="') == html.count(f'href="{cast.url}"') == 2


def test_a_mail_about_a_video_appointment_names_the_zone(cast: Any) -> None:
    appointment = replace(cast.appointment, video=True)
    message = cast.message()
    letter = compose(
        message, message.told, appointment, cast.practice, cast.contact, cast.place, cast.contact.email, cast.url
    )
    text = part(received(letter), "plain")
    assert "New time: Wednesday 2 December 2026, 10:20am (UK time)" in text
    assert "Where: By video" in text


def test_names_cannot_add_headers_or_markup(cast: Any) -> None:
    with pytest.raises(Failed):
        envelope_of(letter_of(cast, "changed", last_name="Doe\r\nBcc: all@example.com"), FROM)
    with pytest.raises(Failed):
        envelope_of(letter_of(cast, "changed", email="pat@example.com\nbcc@example.com"), FROM)
    letter = letter_of(cast, "changed", first_name='<script>alert("1")</script>{{ 7*7 }}')
    html = html_of(letter)
    assert "<script" not in html
    assert "{{ 7*7 }}" in html


@pytest.mark.parametrize("address", ["", "pat", "pat@", "@example.com", "pat@ex ample.com", "päť@example.com", "a@b@c"])
def test_what_is_no_address_fails(cast: Any, address: str) -> None:
    with pytest.raises(Failed):
        received(letter_of(cast, "changed", email=address))


def test_names_in_any_script_arrive(cast: Any) -> None:
    mail = received(letter_of(cast, "changed", first_name="Zoë", last_name="Łódź 李"))
    assert mail["To"].addresses[0].display_name == "Zoë Łódź 李"
    assert "Hello Zoë," in part(mail, "plain")


def test_a_letter_does_not_show_the_link_or_the_address(cast: Any) -> None:
    shown = repr(letter_of(cast, "changed"))
    assert cast.url not in shown
    assert "pat@example.com" not in shown
    assert "Pat" not in shown
    assert "Pat" not in repr(cast.contact)
