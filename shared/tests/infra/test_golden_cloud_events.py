"""The message of an event of every publisher, header by header and byte by byte, for ever (A3, A5)."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from clinic.contracts.catalog import CATALOG
from clinic.infra import wire
from clinic.infra.cloud_events import from_message, to_message
from clinic.kernel.recorded import Recorded

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location(
    "released_histories", HERE.parent / "contracts" / "released_histories.py"
)
assert _spec
assert _spec.loader
released = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(released)
PINNED = (
    ("release_2", "appointments", "AppointmentCancelled", 1),
    ("release_3", "appointments", "AppointmentCancelled", 2),
    ("release_3", "identity", "ClientErased", 1),
    ("release_3", "availability", "OnlineBookingSwitched", 1),
)
"""Release, publisher, type, schema version: the first such event of the history."""


def first(release: str, service: str, type_name: str, version: int) -> Recorded:
    """The event itself."""
    told = released.history(release)[service]
    return wire.from_json(next(one for one in told if (one["type"], one["schema_version"]) == (type_name, version)))


def golden(service: str, type_name: str, version: int) -> Path:
    """Where its message is written down."""
    return HERE / "golden" / f"{service}.{type_name}.v{version}.cloudevent.json"


@pytest.mark.parametrize(("release", "service", "type_name", "version"), PINNED, ids=lambda value: str(value))
def test_the_message_is_the_pinned_one(release: str, service: str, type_name: str, version: int) -> None:
    event = first(release, service, type_name, version)
    pinned: dict[str, Any] = json.loads(golden(service, type_name, version).read_text(encoding="utf-8"))
    message = to_message(event, service)
    assert message.headers == pinned["headers"]
    assert message.body.decode() == pinned["body"]
    assert (message.message_id, message.content_type) == (pinned["message_id"], pinned["content_type"])
    assert from_message(pinned["headers"], pinned["body"], service) == event


def test_every_publisher_has_a_pinned_message() -> None:
    assert {service for _, service, _, _ in PINNED} == {known.publisher for known in CATALOG.values()}
