"""A ledger restored to an older point: everybody stops, nobody swallows an event, one command repairs (ADR 0028)."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from restored_product import LEDGER_ALONE, Practice, Product

from clinic.appointments.adapters.rebuild import check
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.infra.database import Database
from clinic.infra.delivery_rule import LEDGER_REWOUND

FOLLOWERS = {
    "availability.appointments.events",
    "identity.appointments.events",
    "notifications.appointments.events",
    "notifications.appointments.reminders",
}
OWN = {view.consumer for view in VIEWS} | {"relay"}
RESTORES = {"the whole database": ((), FOLLOWERS), "its events alone": (LEDGER_ALONE, FOLLOWERS | OWN)}
GROWN = {"below the old head": 1, "to the old head": 3, "past the old head": 6}


@dataclass
class Story:
    """Two appointments that both histories have, one that is lost, and those of the new history."""

    practice: Practice
    kept: UUID
    moved: UUID
    lost: UUID
    new: list[UUID]


def happen(product: Product, practice: Practice) -> Story:
    """Two appointments; a dump; then a third, a change and a cancellation, of which everybody hears."""
    kept, moved = practice.book(0), practice.book(2)
    product.follow()
    product.dump()
    lost = practice.book(4)
    practice.reschedule(moved, 2, 6)
    practice.cancel(kept, 0)
    product.follow()
    assert product.stopped(practice).keys() >= FOLLOWERS | OWN
    assert set(product.stopped(practice).values()) == {None}
    return Story(practice, kept, moved, lost, [])


def send(product: Product, story: Story) -> None:
    """All that waits has gone out, but the cancellation."""
    product.change(
        "notifications", "UPDATE messages SET state = 'sent', handed_over_at = now() WHERE kind <> 'cancelled'"
    )


def grow(story: Story, count: int) -> None:
    """The new history: bookings, from 10 hours on."""
    story.new += [story.practice.book(10 + 2 * (len(story.new) + number)) for number in range(count)]


def taken(product: Product, practice: Practice) -> dict[UUID, Any]:
    query = "SELECT appointment_id, starts_at FROM busy WHERE practice_id = %s AND occupies"
    return {row["appointment_id"]: row["starts_at"] for row in product.rows("availability", query, practice.id)}


def starts(product: Product, practice: Practice) -> dict[UUID, Any]:
    query = "SELECT appointment_id, starts_at FROM appointment_times_v1 WHERE practice_id = %s AND NOT cancelled"
    return {row["appointment_id"]: row["starts_at"] for row in product.rows("identity", query, practice.id)}


def reminded(product: Product, practice: Practice) -> dict[UUID, Any]:
    query = "SELECT appointment_id, starts_at FROM reminders WHERE practice_id = %s"
    return {row["appointment_id"]: row["starts_at"] for row in product.rows("notifications", query, practice.id)}


def true_of(story: Story) -> dict[UUID, Any]:
    """What the restored ledger says."""
    at = story.practice.at
    return {story.kept: at(0), story.moved: at(2)} | {one: at(10 + 2 * n) for n, one in enumerate(story.new)}


def messages(product: Product, practice: Practice) -> list[dict[str, Any]]:
    query = "SELECT * FROM messages WHERE practice_id = %s ORDER BY number"
    return product.rows("notifications", query, practice.id)


def assert_all_is_true(product: Product, story: Story, *, occupancy: bool = False) -> None:
    """Every copy says what the ledger says; views, and whose time is taken where it is asked for, byte for byte."""
    practice = story.practice
    for found in (taken, starts, reminded):
        assert found(product, practice) == true_of(story), found.__name__
    database = Database(product.made["appointments"].url("ops"), size=2, limits=False)
    views = [*VIEWS, OCCUPANCY] if occupancy else VIEWS
    differences = [line for one in check(database, practice.id, views) for line in one.differences]
    database.close()
    assert differences == []


@pytest.mark.parametrize("grown", GROWN)
@pytest.mark.parametrize("restored", RESTORES)
def test_everybody_stops_and_one_command_repairs(product: Product, restored: str, grown: str) -> None:
    tables, concerned = RESTORES[restored]
    practice, other = product.practice(), product.practice()
    other.book(0)
    story = happen(product, practice)
    send(product, story)
    told = messages(product, practice)
    product.restore(tables)
    grow(story, GROWN[grown])
    product.follow()
    product.follow()

    stopped = product.stopped(practice)
    assert {name for name, why in stopped.items() if why} == concerned, "everybody who was ahead is red"
    assert {stopped[name] for name in concerned} == {LEDGER_REWOUND}
    assert set(product.stopped(other).values()) == {None}
    assert messages(product, practice) == told, "nothing is told while it is not clear what is true"
    assert not set(story.new) & taken(product, practice).keys()
    assert product.clinic("list", "--check").exit_code == 3
    assert product.clinic("repair", "--dry-run").exit_code == 3

    product.wire.published.clear()
    done = product.repair()
    assert {one["consumer"] for one in done} >= concerned
    assert {one["practice_id"] for one in done} == {str(practice.id)}
    product.follow()
    assert product.clinic("list", "--check").exit_code == 0
    assert_all_is_true(product, story, occupancy=bool(tables))
    new_events = [event.event_id for event in practice.events()[2:]]
    assert set(map(str, new_events)) <= set(product.wire.published), "the relay publishes the new history"
    assert_nothing_is_told_twice(product, story, told)

    grow(story, 2)
    practice.reschedule(story.moved, 2, 8)
    product.follow()
    assert taken(product, practice) == true_of(story) | {story.moved: practice.at(8)}
    assert product.clinic("repair").stdout.startswith("Every consumer agrees")


def assert_nothing_is_told_twice(product: Product, story: Story, before: list[dict[str, Any]]) -> None:
    """Messages of before are as they were, but for what is untrue and had not gone; every new booking is told once."""
    after = {row["message_id"]: row for row in messages(product, story.practice)}
    for row in before:
        if row["kind"] == "cancelled":
            assert after[row["message_id"]]["state"] == "suppressed"
            assert "does not know" in after[row["message_id"]]["reason"]
        else:
            assert after[row["message_id"]] == row
    added = [row for row in after.values() if row["message_id"] not in {one["message_id"] for one in before}]
    once = Counter((row["appointment_id"], row["kind"], row["channel"]) for row in added)
    assert once == Counter((one, "confirmation", channel) for one in story.new for channel in ("email", "sms"))


def test_what_had_gone_out_about_lost_states_is_told_to_whoever_repairs(product: Product) -> None:
    practice = product.practice()
    story = happen(product, practice)
    send(product, story)
    product.restore()
    product.follow()
    (done,) = [one for one in product.repair() if one["consumer"] == "notifications.appointments.events"]
    words = " ".join(done["done"])
    assert "2 waiting messages about what is lost are suppressed" in words
    assert "4 messages had gone out about what is lost" in words
    assert str(story.lost) in words
    assert str(story.moved) in words
    assert str(story.kept) not in words, "its cancellation had not gone out"


def test_who_has_not_noticed_is_repaired_as_well(product: Product) -> None:
    """Workers that are down while the ledger is restored, and start after the repair."""
    practice = product.practice()
    story = happen(product, practice)
    product.restore()
    grow(story, 6)
    assert {one["consumer"] for one in product.repair()} >= FOLLOWERS
    product.follow()
    assert_all_is_true(product, story)


def test_other_practices_can_wait(product: Product) -> None:
    one, two = product.practice(), product.practice()
    two.book(0)
    product.follow()
    story = happen(product, one)
    two_lost = two.book(2)
    product.follow()
    product.restore()
    grow(story, 1)
    product.follow()
    product.repair("--practice", str(one.id))
    product.follow()
    assert_all_is_true(product, story)
    assert product.stopped(two)["availability.appointments.events"] == LEDGER_REWOUND
    product.repair()
    assert two_lost not in taken(product, two)
    assert product.clinic("list", "--check").exit_code == 0


def test_an_event_that_cannot_be_applied_is_parked_after_the_repair_as_always(product: Product) -> None:
    practice = product.practice()
    story = happen(product, practice)
    product.restore()
    grow(story, 2)
    product.change("appointments", "UPDATE events SET schema_version = 9 WHERE position = 3")
    product.follow()
    done = {one["consumer"]: one["done"][0] for one in product.repair()}
    assert "follows again from the first event" in done["availability.appointments.events"]
    product.follow()
    parked = product.rows("availability", "SELECT position, reason FROM parked_events")
    assert parked == [{"position": 3, "reason": "unknown type or version"}]
    expected = true_of(story)
    del expected[story.new[0]]
    assert taken(product, practice) == starts(product, practice) == reminded(product, practice) == expected


def test_a_newer_dump_put_back_lets_everybody_follow_on(product: Product) -> None:
    """Restored too far back, noticed, and the right dump put back: what they had followed is there again."""
    practice = product.practice()
    practice.book(0)
    product.follow()
    product.dump()
    product.change("appointments", "DELETE FROM events")
    product.change("appointments", "UPDATE heads SET position = 0, last_event_id = NULL, previous_event_id = NULL")
    product.follow()
    assert set(product.stopped(practice).values()) == {LEDGER_REWOUND}
    product.restore(LEDGER_ALONE)
    before = messages(product, practice)
    done = product.repair()
    assert {one["done"][0] for one in done if one["consumer"] in FOLLOWERS} == {
        "follows on: the ledger has what it had followed"
    }
    practice.book(4)
    product.follow()
    assert product.clinic("list", "--check").exit_code == 0
    assert len(messages(product, practice)) == 2 * len(before)


def test_common_ground_is_found_far_back(product: Product) -> None:
    """Only some places are kept: at most about twice what was lost is followed again."""
    practice = product.practice()
    for number in range(40):
        practice.book(number)
        product.followers[2].catch_up(practice.id)
    product.dump()
    for number in range(40, 60):
        practice.book(number)
        product.followers[2].catch_up(practice.id)
    product.restore()
    (done,) = [one for one in product.repair() if one["consumer"] == "notifications.appointments.events"]
    assert (done["before"], done["now"]) == (60, 40)
    assert len(messages(product, practice)) == 120
    product.follow()
    assert len(messages(product, practice)) == 120


def test_following_again_from_the_first_event_tells_nobody_twice(product: Product) -> None:
    """A reaction writes intentions, each once per cause: replaying can never send."""
    practice = product.practice()
    story = happen(product, practice)
    send(product, story)
    before = messages(product, practice)
    alerts = product.rows("notifications", "SELECT * FROM alerts")
    for consumer in ("notifications.appointments.events", "notifications.appointments.reminders"):
        told = product.clinic("rewind", "notifications", str(practice.id), consumer, "appointments", "0")
        assert told.exit_code == 0, told.output
    product.follow()
    assert product.clinic("list", "--check").exit_code == 0
    assert messages(product, practice) == before
    assert product.rows("notifications", "SELECT * FROM alerts") == alerts
