"""Variables of F43, and text messages of one segment."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.notifications.domain import default_texts
from clinic.notifications.domain.short_text import SEGMENT, fit, gsm_length, to_gsm
from clinic.notifications.domain.variables import (
    URL,
    VARIABLES,
    Button,
    Line,
    Paragraph,
    Span,
    UnknownVariable,
    as_text,
    blocks,
    check,
    fill,
)

VALUES = {name: f"<{name}>" for name in VARIABLES} | {URL: "https://x.example/a/t"}


def test_an_unknown_variable_is_named_with_its_line() -> None:
    with pytest.raises(UnknownVariable) as refused:
        check("Hello {Client First Name},\nyour {Appt. Typ} is due")
    assert (refused.value.name, refused.value.line) == ("Appt. Typ", 2)


@pytest.mark.parametrize("gap", ["\n", "\r\n", "\u2028", "\x85", "\x0b"])
def test_braces_around_a_line_break_are_refused_and_never_met_while_sending(gap: str) -> None:
    with pytest.raises(UnknownVariable) as refused:
        check(f"Hello\n{{Client{gap}First Name}}")
    assert refused.value.line == 2


def test_a_value_is_never_read_as_a_text_again() -> None:
    assert fill("{Practice Name}", {**VALUES, "Practice Name": "{Client First Name}"}) == "{Client First Name}"


def test_the_link_alone_becomes_the_button() -> None:
    assert blocks("{Next Appt. Link}", VALUES) == (Button("https://x.example/a/t"),)


def test_the_link_within_a_line_reads_manage_appointment() -> None:
    assert blocks("See {Next Appt. Link} now", VALUES) == (
        Paragraph((Line((Span("See "), Span("Manage Appointment", "https://x.example/a/t"), Span(" now"))),)),
    )


def test_a_label_without_its_value_is_left_out() -> None:
    assert blocks("When: {Appt. Time}\nWhere: {Location}", {**VALUES, "Location": ""}) == (
        Paragraph((Line((Span("<Appt. Time>"),), "When"),)),
    )


def test_the_text_part_says_the_same() -> None:
    text = as_text(blocks("Hello {Client First Name},\n\nWhere: {Location}\n\n{Next Appt. Link}", VALUES))
    assert text == "Hello <Client First Name>,\n\nWhere: <Location>\n\nManage Appointment:\nhttps://x.example/a/t\n"


@pytest.mark.parametrize("text", [*default_texts.BODIES.values(), *default_texts.SMS.values()])
def test_every_default_text_is_valid_and_has_the_way_to_the_portal(text: str) -> None:
    check(text)
    assert "{Next Appt. Link}" in text or "{Next Appt. URL}" in text


@pytest.mark.parametrize("subject", default_texts.SUBJECTS.values())
def test_a_subject_uses_variables_of_time_only(subject: str) -> None:
    assert fill(subject, default_texts.time_values(datetime(2026, 12, 2, 10, 20, tzinfo=UTC), "Europe/London"))


def test_the_wall_time_is_the_locations() -> None:
    summer = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
    assert default_texts.subject_of("changed", summer, "Europe/London") == (
        "Your appointment is now Wednesday 1 July, 9am"
    )


@pytest.mark.parametrize("kind", sorted(default_texts.SMS))
@given(name=st.text(max_size=80), token=st.text("abcdefXYZ0189-_", min_size=22, max_size=43))
def test_a_text_message_is_one_segment_with_the_address_last(kind: str, name: str, token: str) -> None:
    url = f"https://portal.example.co.uk/p/a-practice/a/{token}"
    values = {
        **VALUES,
        **default_texts.time_values(datetime(2026, 9, 30, 10, 20, tzinfo=UTC), "Europe/London"),
        "Practice Name": " ".join(name.split()),
        URL: url,
    }
    text = fit(default_texts.SMS[kind], values)
    length = gsm_length(text)
    assert length is not None
    assert length <= SEGMENT
    assert text.endswith(url)


def test_characters_that_gsm_lacks_are_replaced() -> None:
    assert to_gsm("Zoë’s “Łódź” — 5€ 😀") == 'Zoe\'s "odz" - 5€ '
