"""`clinic ledger history | as-of | export`: the past as operators read it (F50)."""

import csv
import io
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from clinic.appointments.adapters.export import COLUMNS, _cells
from clinic.appointments.adapters.past import snapshot
from clinic.appointments.entrypoints.cli_ledger import ledger
from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import new_id

At = Callable[..., datetime]
SECRET = "My sister drives me."
APRIL, MAY = "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"
EVER = ("--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z")


def run(*arguments: Any) -> Result:
    """The command on a wide terminal."""
    return CliRunner(env={"COLUMNS": "400"}).invoke(ledger, [str(one) for one in arguments])


def now(practice: Any) -> str:
    """The database's time."""
    with practice.database.connection() as connection:
        return utc_text(connection.execute("SELECT clinic_now() AS now").fetchone()["now"])


@pytest.fixture
def told(practice: Any, at: At) -> dict[str, Any]:
    """Pat's appointment was booked, (then) moved with a message, paid and cancelled; another one was booked."""
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}"
    then = now(practice)
    practice.post(f"{path}/reschedule", practice.as_pat(), revision=1, starts_at=at(15).isoformat(), message=SECRET)
    paid = {"amount_pence": 4500, "currency": "GBP", "method": "card", "paid_at": at(9, days=-1).isoformat()}
    practice.post(f"{path}/payments", practice.as_staff(), **paid)
    practice.settings(policy_text="=HYPERLINK(1)")
    practice.post(f"{path}/cancel", practice.as_staff(), revision=2)
    other = practice.book(at(11))
    practice.project()
    return {"id": booked["id"], "other": other["id"], "then": then}


def test_an_appointment_is_told_with_its_messages_and_without_their_texts(told: dict[str, Any]) -> None:
    shown = run("history", told["id"])
    assert shown.exit_code == 0, shown.output
    for said in (
        "The client left a message with the change: [sealed]",
        "was paid by card",
        "A member of staff cancelled",
    ):
        assert said in shown.stdout
    assert SECRET not in shown.output


def test_a_client_is_told_in_one_order(practice: Any, told: dict[str, Any]) -> None:
    shown = run("history", practice.pat, "--json")
    types = [event["type"] for event in json.loads(shown.stdout)]
    assert types == [
        *("AppointmentBooked", "ClientMessageLeft", "AppointmentRescheduled", "PaymentRecorded"),
        *("AppointmentCancelled", "AppointmentBooked"),
    ]
    assert told["other"] in run("history", practice.pat).stdout
    assert SECRET not in shown.output


def test_history_ends_at_the_moment(told: dict[str, Any]) -> None:
    shown = json.loads(run("history", told["id"], "--as-of", told["then"], "--json").stdout)
    assert [event["type"] for event in shown] == ["AppointmentBooked"]
    later = run("history", told["other"], "--as-of", told["then"])
    assert (later.exit_code, "it began later" in later.stderr) == (1, True)


def test_the_shell_and_the_api_tell_the_same(practice: Any, told: dict[str, Any], at: At) -> None:
    auditor, then = practice.as_staff("auditor"), told["then"]
    of = ("as-of", then, "--practice", practice.practice_id)
    shown = json.loads(run(*of, "--client", practice.pat, "--json").stdout)
    body = practice.get("/v1/as-of/appointments", auditor, at=then, client=practice.pat).get_json()
    assert shown["upcoming"]["appointments"] == body["appointments"] != []
    assert shown["upcoming"]["as_of"] == body["as_of"]
    from_, to = utc_text(at(0)), utc_text(at(0) + timedelta(days=1))
    diary = json.loads(run(*of, "--diary", "--from", from_, "--to", to, "--json").stdout)
    expected = practice.get("/v1/as-of/diary", auditor, at=then, **{"from": from_, "to": to}).get_json()
    assert diary == expected
    assert [one["starts_at"] for one in diary["entries"]] == [utc_text(at(10))]
    settings = json.loads(run(*of, "--settings", "--json").stdout)
    assert settings == practice.get("/v1/as-of/settings", auditor, at=then).get_json()
    for question in (("--client", practice.pat), ("--diary", "--from", from_, "--to", to), ("--settings",)):
        table = run(*of, *question)
        assert table.exit_code == 0, table.output
    assert "Free until 24 hours before." in table.stdout, "the policy of then"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("as-of", "2001-01-01T00:00:00Z", "--settings"), 3, "the first event is of 20"),
        (("as-of", "2150-01-01T00:00:00Z", "--settings"), 2, "in the future"),
        (("as-of", "2026-01-01 10:00", "--settings"), 2, "give '2026-01-01 10:00' with an offset"),
        (("as-of", "noon", "--settings"), 2, "is no moment such as"),
        (("as-of", APRIL), 2, "one of --client C, --diary and --settings"),
        (("as-of", APRIL, "--diary"), 2, "--diary needs --from and --to"),
        (("export", "--from", MAY, "--to", APRIL), 2, "empty or inverted"),
        (
            ("export", "--from", APRIL, "--to", MAY, "--format", "pdf"),
            2,
            "no format",
        ),
        (("export", "--from", APRIL, "--to", MAY, "--unseal"), 2, "needs --reason"),
        (
            ("export", "--from", APRIL, "--to", MAY, "--reason", "why"),
            2,
            "belongs to",
        ),
    ],
    ids=lambda value: "" if isinstance(value, int | str) else " ".join(value[:2]),
)
def test_what_cannot_be_told_is_said_plainly(practice: Any, arguments: tuple[str, ...], code: int, said: str) -> None:
    told = run(*arguments, "--practice", practice.practice_id)
    assert told.exit_code == code, told.output
    assert said in " ".join(told.stderr.split())


def test_an_unknown_practice_is_said_plainly(practice: Any) -> None:
    told = run("as-of", APRIL, "--settings", "--practice", new_id())
    assert (told.exit_code, "No ledger knows this practice." in told.stderr) == (1, True)


def test_an_export_is_the_same_bytes_each_time(practice: Any, told: dict[str, Any], tmp_path: Path) -> None:
    of = ("--practice", practice.practice_id)
    bounds = {"from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z"}
    for form in ("jsonl", "csv"):
        files = [tmp_path / f"{number}.{form}" for number in range(2)]
        for file in files:
            done = run("export", *of, *EVER, "--format", form, "--out", file)
            assert done.exit_code == 0, done.output
        first, second = (file.read_bytes() for file in files)
        answer = practice.get("/v1/ledger/events", practice.as_staff("auditor"), format=form, **bounds)
        assert first == second == answer.data
        assert answer.headers["Content-Disposition"] == f"attachment; filename=ledger.{form}"
        assert SECRET.encode() not in first
        assert files[0].stat().st_mode & 0o777 == 0o600
        again = run("export", *of, *EVER, "--out", file)
        assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    lines = [json.loads(line) for line in (tmp_path / "0.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [one["position"] for one in lines] == list(range(1, len(practice.events()) + 1))
    rows = list(csv.reader(io.StringIO((tmp_path / "0.csv").read_text(encoding="utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert [json.loads(row[-1]) for row in rows[1:]] == [one["data"] for one in lines]


def test_no_cell_is_a_formula() -> None:
    cells = next(csv.reader([_cells(["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b", ""])]))
    assert cells == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "a=b", ""]


def test_a_period_is_half_open(practice: Any, told: dict[str, Any]) -> None:
    whole = run("export", "--practice", practice.practice_id, *EVER)
    moments = [json.loads(line)["recorded_at"] for line in whole.stdout.splitlines()]
    some = run("export", "--practice", practice.practice_id, "--from", moments[2], "--to", moments[-1])
    assert [json.loads(line)["recorded_at"] for line in some.stdout.splitlines()] == moments[2:-1]
    assert "events" in some.stderr


def test_texts_need_a_role_that_may_read_keys(told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KEYS_DATABASE_URL", raising=False)
    shown = run("history", told["id"], "--unseal", "--reason", "a complaint")
    assert (shown.exit_code, "KEYS_DATABASE_URL is not set" in " ".join(shown.stderr.split())) == (75, True)
    assert shown.stdout == ""


def test_the_past_cannot_be_written(practice: Any) -> None:
    with (
        snapshot(practice.database, practice.practice_id) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("UPDATE heads SET position = position")
