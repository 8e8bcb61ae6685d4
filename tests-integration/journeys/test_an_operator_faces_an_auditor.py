"""The operators' command on the running product: history, exact views, an unchangeable ledger (F49, F50)."""

import json
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from operator_shell import clinic
from steps import arrive, cancel, change, follow
from world import World, eventually

from clinic.deploy.topology import PUBLISHERS
from clinic.infra.clock import utc_now
from clinic.infra.proof.heads import Place, read_public_keys
from clinic.infra.proof.verifying import read_shipped
from clinic.practice_files.sample import write_sample_practice

ROLES = ("api", "worker", "relay", "projector", "ops", "sealer")
FORBIDDEN = ("UPDATE events SET type = 'x'", "DELETE FROM events", "TRUNCATE events")


def test_the_history_is_told_in_sentences(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    visitor = arrive(world, client, booked)
    change(visitor, message="See you then.")
    cancel(visitor)
    told = clinic(world, "ledger", "history", booked["id"])
    assert told.returncode == 0, told.stderr
    words = " ".join(told.stdout.split())
    assert [word for word in ("Booked", "client", "message", "ancelled") if word not in words] == []
    assert "See you then" not in told.stdout
    raw = json.loads(clinic(world, "ledger", "history", booked["id"], "--json").stdout)
    assert "[sealed]" in words
    appointment = [event["type"] for event in raw if event["type"].startswith("Appointment")]
    assert appointment == ["AppointmentBooked", "AppointmentRescheduled", "AppointmentCancelled"]


def test_a_booking_is_sealed_within_seconds_also_by_a_sealer_that_was_killed(world: World) -> None:
    assert {f"{service}-sealer" for service in PUBLISHERS} <= {one.name for one in world.stack.processes}
    sizes = []
    for _ in range(2):
        world.book(world.next_client())
        head = sealed_up_to(world, world.head())
        heads = in_the_files(world, "appointments")
        assert heads[Place(1, head["sealed_position"])] == head["root"]
        sizes.append(head["sealed_position"])
        world.stack.kill("appointments-sealer")
    assert sizes[0] < sizes[1]
    assert len({place.size for place in in_the_files(world, "appointments")} & set(sizes)) == 2
    assert in_the_files(world, "identity")
    assert in_the_files(world, "availability")


def test_an_unknown_appointment_is_said_plainly(world: World) -> None:
    told = clinic(world, "ledger", "history", str(world.practice))
    assert told.returncode == 1
    assert "No practice has an appointment" in told.stderr


def test_rebuilt_views_equal_the_live_ones(world: World) -> None:
    change(arrive(world, client := world.next_client(), world.book(client)), message="I come by bus.")
    be_refused(world)
    eventually(lambda: clinic(world, "projections", "rebuild", "--check").returncode == 0, seconds=30)
    outcome = json.loads(clinic(world, "projections", "rebuild", "--check", "--json").stdout)
    assert {view["view"] for view in outcome} >= {
        "client_list",
        "clinician_diary",
        "appointment_history",
        "client_messages",
        "refusals",
    }
    assert [view["view"] for view in outcome if view["rows"] == 0] == []


def test_a_view_that_was_tampered_with_is_found_and_mended(world: World) -> None:
    owner = world.stack.postgres.url("appointments")
    with psycopg.connect(owner) as connection:
        connection.execute(
            "UPDATE clinician_diary_v2 SET status = 'tampered' WHERE practice_id = %s", (world.practice,)
        )
    found = clinic(world, "projections", "rebuild", "--check", "clinician_diary")
    assert found.returncode == 3
    assert "tampered" in found.stdout
    assert clinic(world, "projections", "rebuild", "clinician_diary", "--yes").returncode == 0
    assert clinic(world, "projections", "rebuild", "--check", "clinician_diary").returncode == 0


@pytest.mark.parametrize("statement", FORBIDDEN)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", ["appointments", "identity", "availability"])
def test_no_role_of_a_process_can_change_a_recorded_event(
    world: World, service: str, role: str, statement: str
) -> None:
    url = world.stack.postgres.url(service, f"{service}_{role}")
    with psycopg.connect(url) as connection:
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(world.practice),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[arg-type]


@pytest.mark.parametrize("role", ["api", "ops", "relay", "projector"])
def test_a_session_without_a_practice_sees_no_event(world: World, role: str) -> None:
    with psycopg.connect(world.stack.postgres.url("appointments", f"appointments_{role}")) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(world.practice),))
        (count,) = connection.execute("SELECT count(*) FROM events").fetchone() or (0,)
        assert count > 0


def test_five_hundred_clients_are_imported_and_nobody_is_told(world: World, tmp_path: Path) -> None:
    """How fast a large practice is taken over is shown in tests-integration/imports."""
    count = write_sample_practice(tmp_path, clients=500, months=6, seed=3, today=utc_now().date())
    assert count >= 4_500
    rename(tmp_path, "grand-parade")
    told = clinic(world, "import", str(tmp_path), "--json")
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout)
    paid = summary["rows"]["payments"]
    assert summary["written"]["appointments"] == {"new": count + paid, "changed": 0, "unchanged": 0}
    again = json.loads(clinic(world, "import", str(tmp_path), "--json").stdout)
    assert {part["new"] for part in again["written"].values()} == {0}
    consumed(world, summary["practice_id"])
    with psycopg.connect(world.stack.postgres.url("notifications")) as connection:
        for table in ("messages", "alerts"):
            query = f"SELECT count(*) FROM {table} WHERE practice_id = %s"  # type: ignore[arg-type]
            assert connection.execute(query, (summary["practice_id"],)).fetchone() == (0,)


def test_one_bad_row_means_that_nothing_is_imported(world: World, tmp_path: Path) -> None:
    write_sample_practice(tmp_path, clients=5, months=0, seed=3, today=utc_now().date())
    rename(tmp_path, "never-there")
    rows = (tmp_path / "appointments.csv").read_text(encoding="utf-8").splitlines()
    rows[2] = rows[2].replace(rows[2].split(",")[2], "nobody", 1)
    (tmp_path / "appointments.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    told = clinic(world, "import", str(tmp_path))
    assert told.returncode == 1
    assert "appointments.csv, line 3, column clinician: there is no clinician 'nobody'" in told.stderr
    with psycopg.connect(world.stack.postgres.url("identity")) as connection:
        assert connection.execute("SELECT count(*) FROM practices WHERE slug = 'never-there'").fetchone() == (0,)
    shutil.rmtree(tmp_path)


def test_an_interrupted_import_is_finished_by_running_it_again(world: World, tmp_path: Path) -> None:
    count = write_sample_practice(tmp_path, clients=6, months=0, seed=3, today=utc_now().date())
    rename(tmp_path, "half-way")
    cut_short = clinic(world, "import", str(tmp_path), without="APPOINTMENTS_OPS_DATABASE_URL")
    assert cut_short.returncode == 75
    assert "run the same command again" in " ".join(cut_short.stderr.split())
    assert not world.identity.get("/v1/practices/by-slug/half-way")["portal"]["on"]
    again = json.loads(clinic(world, "import", str(tmp_path), "--json").stdout)
    assert again["written"]["identity"]["new"] == 0
    paid = again["rows"]["payments"]
    assert again["written"]["appointments"] == {"new": count + paid, "changed": 0, "unchanged": 0}
    eventually(lambda: world.identity.get("/v1/practices/by-slug/half-way")["portal"]["on"], seconds=60)


def be_refused(world: World) -> None:
    """A client cancels while the practice has just stopped to offer it: a refusal is recorded (F53)."""
    booked = world.book(client := world.next_client())
    visitor = arrive(world, client, booked)
    follow(visitor, "/cancel")
    form = visitor.form("command_id")
    before = world.call("appointments", "GET", "/v1/settings/portal")["cancellation_window"]
    world.settings(cancellation_window={"kind": "never", "minutes": 0})
    assert visitor.submit(form).status_code == 403
    world.settings(cancellation_window=before)


def sealed_up_to(world: World, position: int) -> dict[str, Any]:
    """The ledger's head once it is sealed up to a position."""

    def head() -> dict[str, Any] | None:
        found: dict[str, Any] = world.call("appointments", "GET", "/v1/ledger/head")
        return found if (found["sealed_position"] or 0) >= position else None

    return eventually(head, seconds=20) or {}


def in_the_files(world: World, service: str) -> dict[Place, str]:
    """The practice's roots by place in the files of a service; every line is checked: its chain, its signature."""
    directory = world.stack.directory / "heads" / service
    keys = read_public_keys(str(directory / "public-keys.json"))
    assert len(keys) == 1, "a restart keeps the key"
    shipped = read_shipped(directory, service, keys)
    assert not shipped.faults
    return {place: head.root.hex() for place, head in shipped.heads[world.practice].items()}


def rename(directory: Path, slug: str) -> None:
    """Gives the sample practice another address."""
    file = directory / "practice.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("harbour-street", slug), encoding="utf-8")


def consumed(world: World, practice: str) -> None:
    """Waits until notifications has seen every event of the practice."""
    with psycopg.connect(world.stack.postgres.url("appointments")) as connection:
        row = connection.execute("SELECT position FROM heads WHERE practice_id = %s", (practice,)).fetchone()
    head = (row or (0,))[0]

    def reached() -> bool:
        with psycopg.connect(world.stack.postgres.url("notifications")) as connection:
            found = connection.execute(
                "SELECT min(position) FROM consumer_checkpoints WHERE practice_id = %s AND source = 'appointments'",
                (practice,),
            ).fetchone()
        return bool(found and found[0] is not None and found[0] >= head)

    eventually(reached, seconds=60)


def test_what_happens_is_sealed_at_once_and_an_event_of_it_is_proven(world: World, tmp_path: Path) -> None:
    """The sealer runs beside; heads that were copied away prove the ledger, and one file proves one event."""
    booked = world.book(world.next_client())
    head = world.head()
    eventually(lambda: (world.call("appointments", "GET", "/v1/ledger/head")["sealed_position"] or 0) >= head, 20)
    kept = shutil.copytree(world.stack.instance.directory / "heads", tmp_path / "heads")
    whole = clinic(world, "ledger", "verify", "--practice", str(world.practice), "--against", str(kept))
    assert whole.returncode == 0, whole.stdout + whole.stderr
    event, *_ = world.events(f"appointment-{booked['id']}")
    proof = tmp_path / "proof.json"
    assert clinic(world, "ledger", "prove", event["event_id"], "--out", str(proof)).returncode == 0
    proven = clinic(world, "ledger", "check-proof", str(proof), "--key", str(kept / "appointments/public-keys.json"))
    assert proven.returncode == 0, proven.stderr
    assert event["event_id"] in proven.stdout
    assert clinic(world, "ledger", "seals").returncode == 0
