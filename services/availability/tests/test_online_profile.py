"""The clinician's switch *available for online booking* (F38)."""

from dataclasses import replace
from uuid import uuid4

import pytest

from clinic.availability.domain.online_profile import OnlineProfile, may_edit_profile, set_profile
from clinic.contracts.availability import OnlineBookingSwitched
from clinic.kernel.errors import Refused

BO = uuid4()
OFF = OnlineProfile(BO, available_online=False, display_name="Dr Bo", title="Physiotherapist", description="")
ON = replace(OFF, available_online=True)


def test_switching_on_records_the_switch() -> None:
    assert set_profile(OFF, ON) == [OnlineBookingSwitched(BO, True)]


def test_switching_off_records_the_switch() -> None:
    assert set_profile(ON, OFF) == [OnlineBookingSwitched(BO, False)]


def test_said_twice_or_with_another_text_records_nothing() -> None:
    assert set_profile(ON, ON) == []
    assert set_profile(ON, replace(ON, title="Podiatrist")) == []


def test_a_display_name_is_needed_only_while_on() -> None:
    with pytest.raises(Refused) as refused:
        set_profile(OFF, replace(ON, display_name="  "))
    assert "display_name" in refused.value.facts["errors"]
    assert set_profile(ON, replace(OFF, display_name="")) == [OnlineBookingSwitched(BO, False)]


def test_texts_have_a_length() -> None:
    with pytest.raises(Refused) as refused:
        set_profile(ON, replace(ON, title="x" * 121, description="x" * 2001))
    assert set(refused.value.facts["errors"]) == {"title", "description"}


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\ud800b", "a\u2028b", "a\x85b"])
def test_a_name_has_no_control_characters(text: str) -> None:
    with pytest.raises(Refused) as refused:
        set_profile(ON, replace(ON, display_name=text))
    assert set(refused.value.facts["errors"]) == {"display_name"}


def test_a_description_may_have_lines() -> None:
    assert set_profile(ON, replace(ON, description="Knees\r\nand hips")) == []


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("site_administrator", True), ("clinician", False), ("receptionist", False), ("auditor", False), (None, False)],
)
def test_only_administrators_edit_profiles(role: str | None, allowed: bool) -> None:
    assert may_edit_profile(role) is allowed
