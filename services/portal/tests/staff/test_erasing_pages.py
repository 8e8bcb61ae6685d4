"""Legal hold, subject access and erasure on the client's page: administrators act, everybody sees what holds (F52)."""

from typing import Any
from uuid import UUID

import pytest

from clinic.kernel.errors import Refused

PAT, COMMAND = str(UUID(int=21)), str(UUID(int=77))
CLIENT = f"/clients/{PAT}"


def test_only_administrators_find_the_buttons(staff: Any) -> None:
    for who, finds in (("olga", True), ("bo", False), ("rita", False), ("audrey", False)):
        page = staff(who).get(CLIENT).text
        assert ("Erase this client" in page) is finds, who
        assert ("Export as a page" in page) is finds, who


@pytest.mark.parametrize("who", ["bo", "rita", "audrey"])
def test_nobody_else_may(staff: Any, world: Any, who: str) -> None:
    browser = staff(who)
    for path in ("/hold", "/erase"):
        assert browser.get(CLIENT + path).status_code == 403
    for path in ("/hold", "/hold/lift", "/erase", "/export"):
        assert browser.post(CLIENT + path, {"command_id": COMMAND, "reason": "because"}).status_code == 403
    assert not {name for name, _ in world.calls} & {"place_hold", "lift_hold", "erase_client", "export_client"}


def test_a_hold_is_placed_with_a_reason_shown_to_all_and_lifted(staff: Any, world: Any) -> None:
    olga = staff("olga")
    assert olga.post(f"{CLIENT}/hold", {"reason": " "}).status_code == 422
    assert olga.post(f"{CLIENT}/hold", {"reason": "a <claim> of 2026"}).status_code == 303
    page = olga.get(CLIENT).text
    assert "a &lt;claim&gt; of 2026" in page
    assert "Lift the legal hold" in page
    assert "Erase this client" not in page
    assert "Erase client</button>" not in olga.get(f"{CLIENT}/erase").text
    assert "There is a legal hold" in staff("bo").get(CLIENT).text
    assert olga.post(f"{CLIENT}/hold/lift").status_code == 303
    assert "legal hold on this record" not in olga.get(CLIENT).text


def test_erasing_says_what_will_happen_and_needs_a_reason_and_a_tick(staff: Any, world: Any) -> None:
    olga = staff("olga")
    page = olga.get(f"{CLIENT}/erase").text
    assert "Nobody can take this back" in page
    assert "Erased client" in page
    for given in ({"reason": "asked by letter"}, {"sure": "yes"}, {}):
        assert olga.post(f"{CLIENT}/erase", {"command_id": COMMAND, **given}).status_code == 422
    assert not world.said("erase_client")
    given = {"command_id": COMMAND, "reason": "asked by letter", "sure": "yes", "with_appointments": "yes"}
    assert olga.post(f"{CLIENT}/erase", given).status_code == 303
    assert world.said("erase_client") == [
        {"command_id": COMMAND, "reason": "asked by letter", "with_appointments": True}
    ]
    shown = olga.get(CLIENT).text
    assert "Erased client" in shown
    assert "This client was erased" in shown
    for gone in ("Okafor", "Edit details", "Erase this client"):
        assert gone not in shown, gone


@pytest.mark.parametrize(
    ("code", "facts", "said"),
    [("legal_hold", {"reason": "a court asks"}, "a court asks"), ("appointments_ahead", {"appointments": 2}, "ahead")],
)
def test_what_stands_in_the_way_is_said(staff: Any, world: Any, code: str, facts: Any, said: str) -> None:
    world.refuse["erase_client"] = Refused(code, **facts)
    given = {"command_id": COMMAND, "reason": "asked by letter", "sure": "yes"}
    answer = staff("olga").post(f"{CLIENT}/erase", given)
    assert (answer.status_code, said in answer.text) == (409, True)


def test_the_export_is_a_page_that_loads_nothing_and_escapes_everything(staff: Any, world: Any) -> None:
    world.clients[PAT]["postcode"] = "<script>alert(1)</script>"
    answer = staff("olga").post(f"{CLIENT}/export", {"format": "html"})
    assert (answer.status_code, answer.headers["Content-Disposition"].endswith('.html"')) == (200, True)
    assert "&lt;script&gt;" in answer.text
    for never in ("<script", "src=", "http://", "https://", "@import"):
        assert never not in answer.text, never
    assert '<html lang="en-GB">' in answer.text
    data = staff("olga").post(f"{CLIENT}/export", {"format": "json"}).get_json()
    assert data["about"]["client"] == "Pat Okafor"
    assert {"The record", "Appointments", "Messages that were sent"} <= {one["title"] for one in data["sections"]}
