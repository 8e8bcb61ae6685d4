"""Copies to the next of kin (F45): who gets one, and that no copy holds a way into the portal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from received_mail import headers, matches, part, received

from clinic.notifications.application.sender import Sender
from clinic.notifications.domain import copy_texts
from clinic.notifications.domain.delivery import NO_NEXT_OF_KIN, NOT_OPTED_IN_KIN, SUPERSEDED, NextOfKin
from clinic.notifications.domain.messages import COPIED
from clinic.notifications.domain.variables import LINK, URL, check

GOLDEN = Path(__file__).parent / "golden"
ALEX = NextOfKin("Alex Doe", "alex@example.com", "+447700900456", True, True)


@pytest.fixture
def sender(outbox: Any, directory: Any, transport: Any) -> Sender:
    """A sender on fakes."""
    return Sender(outbox, directory, {"email": transport, "sms": transport}, spawn=lambda work: work())


def copy_of(cast: Any, kind: str, channel: str = "email") -> Any:
    """A leased copy."""
    old = cast.old_start if kind == "changed" else None
    message = cast.message(channel=channel, kind=kind, old_starts_at=old)
    return replace(message, recipient="next_of_kin", subject=f"Copy: {message.subject}")


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize(
    ("kin", "copied"),
    [
        (None, False),
        (ALEX, True),
        (replace(ALEX, email_opt_in=False, sms_opt_in=False), False),
        (replace(ALEX, email="", mobile=""), False),
        (replace(ALEX, email="Pat@example.com", mobile="+447700900123"), False),
    ],
)
def test_a_copy_is_queued_where_the_next_of_kin_opted_in(
    sender: Sender, outbox: Any, directory: Any, cast: Any, channel: str, kin: NextOfKin | None, copied: bool
) -> None:
    directory.contact_now = replace(cast.contact, next_of_kin=kin)
    message = cast.message(channel=channel)
    sender.send(message)
    assert outbox.copied == ([message] if copied else [])
    assert [ending.state for _, ending in outbox.endings] == ["sent"]


@pytest.mark.parametrize("kind", COPIED)
def test_the_client_need_not_have_opted_in_for_the_copy_to_go(
    sender: Sender, outbox: Any, directory: Any, cast: Any, kind: str
) -> None:
    directory.appointment_now = replace(cast.appointment, cancelled=kind == "cancelled")
    directory.contact_now = replace(cast.contact, email_opt_in=False, next_of_kin=ALEX)
    sender.send(cast.message(kind=kind, old_starts_at=None))
    assert len(outbox.copied) == 1
    assert [ending.state for _, ending in outbox.endings] == ["suppressed"]


def test_neither_a_status_nor_an_alert_nor_what_staff_send_again_is_copied(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.contact_now = replace(cast.contact, next_of_kin=ALEX)
    sender.send(cast.message(kind="status_changed", old_starts_at=None))
    sender.send(cast.alert_message())
    sender.send(replace(cast.message(), is_first=False))
    assert outbox.copied == []


def test_a_superseded_message_is_not_copied(sender: Sender, outbox: Any, directory: Any, cast: Any) -> None:
    directory.contact_now = replace(cast.contact, next_of_kin=ALEX)
    directory.appointment_now = replace(cast.appointment, revision=3)
    sender.send(cast.message())
    assert outbox.copied == []


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("kind", COPIED)
def test_a_copy_carries_no_link_no_portal_address_and_no_calendar_file(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any, kind: str, channel: str
) -> None:
    directory.appointment_now = replace(cast.appointment, cancelled=kind == "cancelled")
    directory.contact_now = replace(cast.contact, next_of_kin=ALEX)
    sender.send(replace(copy_of(cast, kind, channel), wording="Go to {Next Appt. URL} or https://portal.example/p/x"))
    (letter,) = transport.letters
    assert letter.to_address == (ALEX.email if channel == "email" else ALEX.mobile)
    assert directory.links == 0
    ((_, ending),) = outbox.endings
    for text in (letter.short_text, str(letter.blocks), ending.body):
        for way in ("http", "/p/", "riverside/", "portal", "Manage"):
            assert way not in text
    assert "Pat" not in ending.body
    assert outbox.copied == []
    if channel == "email":
        mail = received(letter)
        matches(GOLDEN / f"copy_{kind}.headers", headers(mail))
        matches(GOLDEN / f"copy_{kind}.txt", part(mail, "plain"))
        matches(GOLDEN / f"copy_{kind}.html", part(mail, "html"))
        assert not list(mail.iter_attachments())
        assert "<a " not in part(mail, "html")
    else:
        matches(GOLDEN / f"copy_{kind}.sms", letter.short_text)
        assert len(letter.short_text) <= 160


@pytest.mark.parametrize(
    "text", [*copy_texts.COPY_BODIES.values(), *copy_texts.COPY_SMS.values(), *copy_texts.COPY_SUBJECTS.values()]
)
def test_no_text_for_a_copy_uses_a_variable_of_the_portal(text: str) -> None:
    check(text)
    assert LINK not in text
    assert URL not in text


def test_there_is_a_text_for_every_kind_that_is_copied() -> None:
    assert set(copy_texts.COPY_BODIES) == set(copy_texts.COPY_SMS) == set(copy_texts.COPY_SUBJECTS) == set(COPIED)


def test_a_next_of_kin_who_is_gone_or_wants_no_more_is_not_written_to(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    for kin in (None, replace(ALEX, email_opt_in=False)):
        directory.contact_now = replace(cast.contact, next_of_kin=kin)
        sender.send(copy_of(cast, "changed"))
    directory.appointment_now = replace(cast.appointment, revision=3)
    sender.send(copy_of(cast, "changed"))
    assert [(ending.state, ending.reason) for _, ending in outbox.endings] == [
        ("suppressed", NO_NEXT_OF_KIN),
        ("suppressed", NOT_OPTED_IN_KIN["email"]),
        ("suppressed", SUPERSEDED),
    ]


def test_the_next_of_kin_is_never_shown_by_repr() -> None:
    assert "alex" not in repr(ALEX).lower()
