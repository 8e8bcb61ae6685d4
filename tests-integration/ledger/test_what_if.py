"""`clinic policy what-if` over a real ledger: what clients did and were refused, under other windows (F54)."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from clinic.appointments.domain.refusals import PER_APPOINTMENT
from clinic.appointments.entrypoints.cli_policy import policy

At = Callable[..., datetime]
TODAY = datetime.now(UTC).date()
PERIOD = ("--from", str(TODAY - timedelta(days=1)), "--to", str(TODAY + timedelta(days=1)))


def run(practice: Any, *more: str) -> Any:
    return CliRunner().invoke(policy, ["what-if", "--practice", str(practice.practice_id), *PERIOD, *more])


def report(practice: Any, *more: str) -> dict[str, Any]:
    outcome = run(practice, "--json", *more)
    assert outcome.exit_code == 0, outcome.output
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def totals(told: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {wanted: tuple(count.values()) for wanted, count in told["totals"].items()}


@pytest.fixture
def decided(practice: Any, at: At) -> Any:
    """Windows of 24 hours: a change and a cancellation in a week, a change in 36 hours, two refusals in 20 hours."""
    near = datetime.now(UTC).replace(second=0, microsecond=0)
    weeks, cancelled, soon, late = (
        practice.book(at(9)),
        practice.book(at(11)),
        practice.book(near + timedelta(hours=36)),
        practice.book(near + timedelta(hours=20), clinician=practice.olga),
    )
    for one in (weeks, soon, late):
        body = {"revision": 1, "starts_at": at(15 if one is weeks else 16 if one is soon else 17).isoformat()}
        practice.post(f"/v1/appointments/{one['id']}/reschedule", practice.as_pat(), **body)
    practice.post(f"/v1/appointments/{cancelled['id']}/cancel", practice.as_pat(), revision=1)
    practice.post(f"/v1/appointments/{late['id']}/cancel", practice.as_pat(), revision=1)
    practice.post(f"/v1/appointments/{late['id']}/cancel", practice.as_pat(), revision=9)
    practice.post(f"/v1/appointments/{late['id']}/cancel", practice.as_staff(), revision=1)
    return practice


def test_a_wider_and_a_narrower_window(decided: Any) -> None:
    assert totals(report(decided, "--edit-window", "48h")) == {"change": (3, 2, 1, 0), "cancel": (2, 1, 0, 0)}
    assert totals(report(decided, "--cancel-window", "2h")) == {"change": (3, 2, 0, 0), "cancel": (2, 1, 0, 1)}
    both = report(decided, "--edit-window", "never", "--cancel-window", "always")
    assert totals(both) == {"change": (3, 2, 2, 0), "cancel": (2, 1, 0, 1)}
    of_bo = next(one for one in both["clinicians"] if one["clinician_id"] == str(decided.bo))
    assert sum(count["would_be_refused"] for count in of_bo["weekdays"]) == 2
    assert (both["edit_window"], both["unrecorded"]) == ("never", 0)


def test_the_windows_that_held_change_nothing(decided: Any) -> None:
    told = report(decided, "--edit-window", "24h", "--cancel-window", "1d")
    assert totals(told) == {"change": (3, 2, 0, 0), "cancel": (2, 1, 0, 0)}


def test_an_appointments_own_window_stays_unless_everywhere(practice: Any, at: At) -> None:
    one = practice.book(at(9))
    own = {"command_id": str(uuid4()), "revision": 1, "rules": {"edit_window": {"kind": "minutes", "minutes": 60}}}
    assert practice.http.put(
        f"/v1/appointments/{one['id']}/rules", json=own, headers=practice.as_staff()
    ).status_code == 200  # fmt: skip
    practice.post(
        f"/v1/appointments/{one['id']}/reschedule", practice.as_pat(), revision=1, starts_at=at(16).isoformat()
    )
    assert totals(report(practice, "--edit-window", "never"))["change"] == (1, 1, 0, 0)
    assert totals(report(practice, "--edit-window", "never", "--everywhere"))["change"] == (1, 1, 1, 0)


def test_what_the_rate_limit_left_out_is_told_as_at_least(practice: Any, at: At) -> None:
    late = practice.book(datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=20))
    path = f"/v1/appointments/{late['id']}/cancel"
    for _ in range(PER_APPOINTMENT + 2):
        practice.post(path, practice.as_pat(), revision=1)
    with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:
        connection.execute("UPDATE commands SET answered_at = answered_at - interval '1 hour'")
    practice.post(path, practice.as_pat(), revision=1)
    outcome = run(practice, "--cancel-window", "2h")
    assert "At least 2 more refusals were not recorded one by one." in outcome.stdout
    assert totals(report(practice, "--cancel-window", "2h"))["cancel"] == (11, 0, 0, 11)


def test_table_csv_and_drawing_tell_the_same(decided: Any, tmp_path: Path) -> None:
    file = tmp_path / "what-if.svg"
    outcome = run(decided, "--edit-window", "48h", "--csv", "--svg", str(file))
    lines = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert (len(lines), sum(int(line["would_be_refused"]) for line in lines)) == (14, 1)
    assert str(decided.bo) in file.read_text(encoding="utf-8")
    table = run(decided, "--edit-window", "48h").stdout
    assert str(decided.bo) in table
    assert "-1" in table
    assert "Of 3 changes that clients asked for, 2 were allowed; 1 of those would have been refused" in table


def test_bad_questions_are_told_what_to_do(decided: Any, tmp_path: Path) -> None:
    cases = [
        (("--edit-window", "48"), 2, "write always, never"),
        ((), 2, "Nothing to try"),
        (("--edit-window", "48h", "--from", "2027-01-01"), 2, "before it begins"),
        (("--edit-window", "48h", "--json", "--csv"), 2, "Either"),
        (("--edit-window", "48h", "--practice", str(uuid4())), 1, "no practice"),
        (("--edit-window", "48h", "--svg", str(tmp_path / "none" / "x.svg")), 1, "cannot be written"),
    ]
    for more, code, text in cases:
        outcome = run(decided, *more)
        assert (outcome.exit_code, text in " ".join(outcome.output.split())) == (code, True), (more, outcome.output)


def test_another_practices_decisions_are_not_told(decided: Any, new_practice: Any) -> None:
    assert report(new_practice(), "--edit-window", "48h")["clinicians"] == []


def test_over_http_the_same_is_told_to_site_administrators_only(decided: Any, new_practice: Any) -> None:
    question = {"edit_window": "48h", "from": PERIOD[1], "to": PERIOD[3]}
    answer = decided.get("/v1/policy/what-if", decided.as_staff(), **question)
    assert (answer.status_code, answer.get_json()) == (200, report(decided, "--edit-window", "48h"))
    for role in ("clinician", "receptionist", "auditor"):
        assert decided.get("/v1/policy/what-if", decided.as_staff(role), **question).status_code == 403
    assert decided.get("/v1/policy/what-if", decided.as_pat(), **question).status_code == 403
    charlie = new_practice()
    told = charlie.get("/v1/policy/what-if", charlie.as_staff(), **question).get_json()
    assert (told["clinicians"], totals(told)) == ([], {"change": (0, 0, 0, 0), "cancel": (0, 0, 0, 0)})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"edit_window": "48"}, "edit_window"),
        ({"cancellation_window": "-1h"}, "cancellation_window"),
        ({"from": "today"}, "from"),
        ({"to": "2020-01-01"}, "to"),
        ({"to": "2099-01-01"}, "to"),
        ({"everywhere": "perhaps"}, "everywhere"),
    ],
)
def test_over_http_what_is_wrong_is_told_per_field(practice: Any, changes: dict[str, str], field: str) -> None:
    question = {"edit_window": "48h", "from": PERIOD[1], "to": PERIOD[3]} | changes
    answer = practice.get("/v1/policy/what-if", practice.as_staff(), **question)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"], answer.get_json()
