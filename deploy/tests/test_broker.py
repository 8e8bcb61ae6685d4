"""What the broker is told: rights, exchanges, queues."""

import re

import pytest

from clinic.deploy.broker_definitions import ADMINISTRATOR, definitions, permission
from clinic.deploy.topology import SUBSCRIPTIONS, broker_topology

NAMES = ("appointments.events", "identity.events", "availability.appointments.events", "amq.default", "amq.topic", "")


def allowed(user: str, right: str) -> set[str]:
    return {name for name in NAMES if re.search(permission(user)[right], name)}


def test_a_service_writes_to_its_own_names_only() -> None:
    assert allowed("appointments", "write") == {"appointments.events"}
    assert allowed("availability", "write") == {"availability.appointments.events"}
    assert allowed("availability", "configure") == {"availability.appointments.events"}


def test_a_service_does_not_read_the_queues_of_others() -> None:
    assert "availability.appointments.events" not in allowed("notifications", "read")
    assert "availability.appointments.events" in allowed("availability", "read")


@pytest.mark.parametrize(
    "name", ["xappointments.events", "appointments.events.x", "appointments-events", "other.events"]
)
def test_a_name_that_only_looks_like_the_own_one_is_refused(name: str) -> None:
    assert not re.search(permission("appointments")["write"], name)


def test_every_queue_says_all_of_its_arguments() -> None:
    queues = broker_topology()["queues"]
    assert {queue["name"] for queue in queues} == {
        "identity.appointments.events",
        "availability.appointments.events",
        "notifications.appointments.events",
        "notifications.identity.events",
    }
    for queue in queues:
        assert queue["arguments"] == {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-max-length": 100000,
            "x-overflow": "drop-head",
        }


def test_every_subscription_is_bound_to_everything_its_source_says() -> None:
    bindings = {(b["source"], b["destination"], b["routing_key"]) for b in broker_topology()["bindings"]}
    assert bindings == {(queue.exchange, queue.name, "#") for queue in SUBSCRIPTIONS}


def test_passwords_are_kept_as_salted_hashes_and_only_the_operator_administrates() -> None:
    made = definitions({ADMINISTRATOR: "open sesame", "identity": "open sesame"})
    assert "open sesame" not in str(made)
    assert len({user["password_hash"] for user in made["users"]}) == 2
    assert {user["name"] for user in made["users"] if user["tags"]} == {ADMINISTRATOR}
