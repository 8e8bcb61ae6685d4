"""The page "What if?": asked by a form, answered in words, a drawing and all numbers (F54)."""

from typing import Any
from uuid import UUID

import pytest

BO, TOM = (str(UUID(int=number)) for number in (12, 16))
NOTHING = {"decided": 0, "allowed": 0, "would_be_refused": 0, "would_be_allowed": 0}
MONDAY = {"decided": 9, "allowed": 7, "would_be_refused": 4, "would_be_allowed": 2}
ASKED = {"edit": "48h", "cancel": "", "from": "2026-06-01", "to": "2026-08-31"}


@pytest.fixture
def answered(world: Any) -> Any:
    """Dr Bo's clients asked on Mondays."""
    week = [MONDAY, *[NOTHING] * 6]
    world.what_if = {
        "from": "2026-06-01", "to": "2026-08-31", "edit_window": "2d", "cancellation_window": None,
        "everywhere": False, "clinicians": [{"clinician_id": BO, "weekdays": week}],
        "totals": {"change": MONDAY, "cancel": NOTHING}, "unrecorded": 6,
    }  # fmt: skip
    return world


def words(answer: Any) -> str:
    return " ".join(answer.text.split())


def test_it_begins_with_the_last_ninety_days_and_asks_nothing(staff: Any, world: Any) -> None:
    page = words(staff("olga").get("/settings/portal/what-if"))
    assert 'value="2026-09-03"' in page
    assert 'value="2026-12-02"' in page
    assert "<svg" not in page.partition("<main")[2]
    assert not world.said("what_if")


def test_the_answer_is_told_drawn_and_listed(staff: Any, answered: Any) -> None:
    page = words(staff("olga").get("/settings/portal/what-if", **ASKED))
    assert answered.said("what_if") == [{"from": "2026-06-01", "to": "2026-08-31", "edit_window": "48h"}]
    assert "Clients asked for 9 changes, of which 7 were allowed." in page
    assert "4 of the allowed ones would have been refused, and 2 of the refused ones allowed." in page
    assert "At least 6 more requests were refused" in page
    assert '<title id="what-if-title">What would have been otherwise, 1 June 2026 to 31 August 2026</title>' in page
    assert "Dr Bo Lindqvist, Mon: 9 decided, 4 would be refused, 2 would be allowed" in page
    assert "<strong>Dr Bo Lindqvist, Mon</strong>" in page
    assert "Tue</strong>" not in page
    assert '<option value="48h" selected>' in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]


def test_everywhere_and_both_windows_are_asked_for(staff: Any, answered: Any) -> None:
    staff("olga").get("/settings/portal/what-if", **ASKED | {"cancel": "never", "everywhere": "on"})
    (asked,) = answered.said("what_if")
    assert (asked["cancellation_window"], asked["everywhere"]) == ("never", "true")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"edit": ""}, "Choose another window for changes, for cancellations, or for both."),
        ({"edit": "3 weeks"}, "Choose one of these."),
        ({"from": "2026-31-12"}, "Enter a date."),
        ({"to": "2026-05-31"}, "not before the first one"),
        ({"to": "2027-06-02"}, "at most a year after it"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_its_field(
    staff: Any, answered: Any, changes: dict[str, str], text: str
) -> None:
    answer = staff("olga").get("/settings/portal/what-if", **ASKED | changes)
    assert answer.status_code == 422
    assert text in words(answer)
    assert not answered.said("what_if")


@pytest.mark.parametrize("who", ["bo", "rita", "audrey"])
def test_only_site_administrators_try_another_policy(staff: Any, answered: Any, who: str) -> None:
    assert staff(who).get("/settings/portal/what-if", **ASKED).status_code == 403
    assert not answered.said("what_if")


def test_charlie_tries_nothing_on_another_practice(staff: Any, answered: Any) -> None:
    assert staff("charlie").get("/settings/portal/what-if", **ASKED).status_code == 404
    assert not answered.said("what_if")


def test_a_clinicians_name_is_only_text(staff: Any, answered: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from .fake_services import FakeServices

    names = {"clients": {}, "users": {BO: "Bo</title><script>alert(1)</script>"}}
    monkeypatch.setattr(FakeServices, "names", lambda *_: names)
    page = words(staff("olga").get("/settings/portal/what-if", **ASKED))
    assert "<script>alert" not in page
    assert "Bo&lt;/title&gt;&lt;script&gt;" in page
