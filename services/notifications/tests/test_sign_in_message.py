"""The message with a sign-in link (F9): minted at sending, about nobody, too old after a quarter of an hour."""

from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from received_mail import FROM, headers, matches, part, received

from clinic.contracts.catalog import CATALOG
from clinic.contracts.codec import to_data
from clinic.contracts.identity import SignInLinkRequested
from clinic.kernel.recorded import SYSTEM, Recorded
from clinic.notifications.application import reactions
from clinic.notifications.application.compose import compose_sign_in, sign_in_values
from clinic.notifications.application.ports import Ending, Minted
from clinic.notifications.application.sender import Sender
from clinic.notifications.bootstrap import REACTIONS_TO_IDENTITY
from clinic.notifications.domain.delivery import NO_REQUEST, TOO_OLD
from clinic.notifications.domain.messages import SignIn
from clinic.notifications.domain.short_text import SEGMENT, fit, gsm_length
from clinic.notifications.domain.sign_in_texts import SIGN_IN_SMS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def sender(outbox: Any, directory: Any, transport: Any) -> Sender:
    """A sender on fakes."""
    return Sender(outbox, directory, {"email": transport, "sms": transport}, spawn=lambda work: work())


def minted(cast: Any, channel: Any = "email") -> Minted:
    """What identity answers."""
    return Minted(cast.sign_in_url, channel, "pat@example.com" if channel == "email" else "+447700900123")


def ending_of(outbox: Any) -> Ending:
    """The one ending."""
    ((_, ending),) = outbox.endings
    return ending  # type: ignore[no-any-return]


def test_every_event_of_identity_has_a_reaction_or_is_ignored() -> None:
    known = {name for name, event in CATALOG.items() if event.publisher == "identity"}
    assert set(REACTIONS_TO_IDENTITY) | set(reactions.IGNORED_OF_IDENTITY) == known
    assert not set(REACTIONS_TO_IDENTITY) & set(reactions.IGNORED_OF_IDENTITY)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_request_queues_one_message_on_its_channel_for_a_quarter_of_an_hour(
    cast: Any, queue: Any, channel: Any
) -> None:
    fact = SignInLinkRequested(cast.request_id, channel)
    event = UUID(int=9)
    recorded = Recorded(
        event, "SignInLinkRequested", 1, cast.practice_id, f"sign-in-{cast.request_id}", 1, 3, None, cast.now, cast.now,
        SYSTEM, event, event, None, None, to_data(fact),
    )  # fmt: skip
    REACTIONS_TO_IDENTITY[recorded.type](queue, recorded)
    (queued,) = queue.intentions
    assert (queued.cause_id, queued.channel, queued.told) == (event, channel, SignIn(cast.request_id))
    assert queued.not_after == cast.now + timedelta(minutes=15)


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_link_and_address_are_asked_for_at_sending_and_kept_nowhere(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any, channel: Any
) -> None:
    directory.minted_now = minted(cast, channel)
    sender.send(cast.sign_in_message(channel=channel))
    (letter,) = transport.letters
    assert letter.to_address == directory.minted_now.address
    assert cast.sign_in_url in letter.short_text
    assert (ending_of(outbox).state, directory.mints, directory.links) == ("sent", 1, 0)
    for shown in (str(ending_of(outbox)), repr(letter), repr(directory.minted_now)):
        assert cast.sign_in_url not in shown
        assert directory.minted_now.address not in shown


def test_after_a_quarter_of_an_hour_nothing_is_minted(sender: Sender, outbox: Any, directory: Any, cast: Any) -> None:
    directory.minted_now = minted(cast)
    sender.send(cast.sign_in_message(now=cast.now + timedelta(minutes=15)))
    assert (ending_of(outbox).state, ending_of(outbox).reason, directory.mints) == ("failed", TOO_OLD, 0)


def test_a_contact_that_is_nobodys_any_more_gets_nothing(
    sender: Sender, outbox: Any, transport: Any, cast: Any
) -> None:
    sender.send(cast.sign_in_message())
    assert (ending_of(outbox).state, ending_of(outbox).reason) == ("failed", NO_REQUEST)
    assert transport.letters == []


def test_a_link_is_never_sent_on_another_channel_than_it_was_minted_for(
    sender: Sender, outbox: Any, directory: Any, transport: Any, cast: Any
) -> None:
    directory.minted_now = minted(cast, "sms")
    sender.send(cast.sign_in_message(channel="email"))
    assert ending_of(outbox).state == "failed"
    assert transport.letters == []


def test_while_identity_is_silent_it_waits_and_fails_when_it_is_too_old(
    sender: Sender, outbox: Any, directory: Any, cast: Any
) -> None:
    directory.down = True
    sender.send(cast.sign_in_message())
    assert (ending_of(outbox).state, ending_of(outbox).wait_seconds) == ("queued", 2.0)
    outbox.endings.clear()
    sender.send(cast.sign_in_message(now=cast.now + timedelta(minutes=15, seconds=-1)))
    assert ending_of(outbox).state == "failed"


def test_the_mail_is_what_the_golden_files_say(cast: Any) -> None:
    letter = compose_sign_in(cast.sign_in_message(), cast.practice, "pat@example.com", cast.sign_in_url)
    mail = received(letter)
    matches(GOLDEN / "sign_in.headers", headers(mail))
    matches(GOLDEN / "sign_in.txt", part(mail, "plain"))
    matches(GOLDEN / "sign_in.html", part(mail, "html"))
    matches(GOLDEN / "sign_in.sms", letter.short_text)
    assert not list(mail.iter_attachments())
    assert mail["From"].addresses[0].addr_spec == FROM
    assert part(mail, "html").count('href="') == part(mail, "html").count(f'href="{cast.sign_in_url}"') == 2
    for secret in ("Pat", "Doe", "Dr Bo", "December"):
        assert secret not in mail.as_string()


@given(name=st.text(max_size=80), token=st.text("abcdefXYZ0189-_", min_size=22, max_size=43))
def test_the_text_message_is_one_segment_with_the_address_last(name: str, token: str) -> None:
    url = f"https://portal.example.co.uk/p/a-practice/s/{token}"
    text = fit(SIGN_IN_SMS, {"Practice Name": " ".join(name.split()), "Practice Phone": "", "Next Appt. URL": url})
    assert (gsm_length(text) or SEGMENT + 1) <= SEGMENT
    assert text.endswith(url)


def test_a_sign_in_message_knows_neither_client_nor_appointment(cast: Any) -> None:
    assert [one.name for one in fields(SignIn)] == ["request_id"]
    assert set(sign_in_values(cast.practice, cast.sign_in_url)) == {"Practice Name", "Practice Phone", "Next Appt. URL"}
