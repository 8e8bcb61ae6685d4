"""Events are for ever: their wire form is pinned by golden files, and it holds no personal data in clear."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clinic.contracts.catalog import CATALOG, TYPES, UnknownEvent, lookup, upcast
from clinic.contracts.codec import MalformedEvent, check_wire, to_data, to_fact
from clinic.kernel.canonical import canonical_json
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Recorded

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("examples", HERE / "examples.py")
assert _spec
assert _spec.loader
examples = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(examples)
EXAMPLES: tuple[Any, ...] = examples.EXAMPLES
PERSONAL = ("name", "address", "birth", "postcode", "email", "phone", "mobile", "ip_", "user_agent", "note")
TEXT_OF_THE_PRACTICE = {"portal_off_text", "online_booking_off_text", "policy_text", "name", "client_wording"}


def recorded(fact: Any, data: dict[str, Any] | None = None) -> Recorded:
    known = lookup(type(fact).__name__)
    return Recorded(
        new_id(), known.name, known.schema_version, new_id(), "appointment-x", 1, 1, None, examples.START,
        examples.START, SYSTEM, new_id(), new_id(), None, None, data if data is not None else to_data(fact),
    )  # fmt: skip


def test_every_type_of_the_catalog_has_an_example() -> None:
    assert [type(fact).__name__ for fact in EXAMPLES] == list(CATALOG)


@pytest.mark.parametrize("fact", EXAMPLES, ids=lambda fact: type(fact).__name__)
def test_the_wire_form_is_what_the_golden_file_says(fact: Any) -> None:
    known = lookup(type(fact).__name__)
    golden = HERE / "golden" / f"{known.name}.v{known.schema_version}.json"
    assert canonical_json(to_data(fact)) == golden.read_text(encoding="utf-8").strip()


def test_every_version_of_every_type_has_a_golden_event_and_no_other_is_there() -> None:
    """An upcaster without the events that it is for could not be proven; nor could a golden event that nobody knows."""
    published = {f"{known.name}.v{one}" for known in TYPES for one in range(1, known.schema_version + 1)}
    assert {path.stem for path in (HERE / "golden").glob("*.json")} == published


def test_every_earlier_version_has_its_upcaster() -> None:
    assert {known.name: list(known.upcasters) for known in TYPES} == {
        known.name: list(range(1, known.schema_version)) for known in TYPES
    }


@pytest.mark.parametrize(
    "path", sorted((HERE / "golden").rglob("*.json")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_every_golden_event_can_still_be_read(path: Path) -> None:
    """`earlier/` holds the same schema version as it was recorded before fields with a default were added."""
    type_name, version = path.stem.rsplit(".v", 1)
    data = json.loads(path.read_text(encoding="utf-8"))
    check_wire(type_name, int(version), data)
    fact = lookup(type_name).cls
    assert isinstance(msgspec.convert(upcast(type_name, int(version), data), fact), fact)


@pytest.mark.parametrize("fact", EXAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_fact_survives_the_way_to_json_and_back(fact: Any) -> None:
    assert to_fact(recorded(fact)) == fact


@pytest.mark.parametrize("fact", EXAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_missing_field_is_malformed_and_named(fact: Any) -> None:
    data = to_data(fact)
    missing = next(iter(data))
    del data[missing]
    with pytest.raises(MalformedEvent, match=missing):
        check_wire(type(fact).__name__, lookup(type(fact).__name__).schema_version, data)


@pytest.mark.parametrize("fact", EXAMPLES, ids=lambda fact: type(fact).__name__)
def test_a_field_from_a_newer_publisher_is_passed_over(fact: Any) -> None:
    data = to_data(fact) | {"brand_new": 1}
    check_wire(type(fact).__name__, lookup(type(fact).__name__).schema_version, data)
    assert to_fact(recorded(fact, data)) == fact


@pytest.mark.parametrize("fact", EXAMPLES, ids=lambda fact: type(fact).__name__)
def test_no_field_holds_personal_data_in_clear(fact: Any) -> None:
    def names(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [*value, *(name for inner in value.values() for name in names(inner))]
        return [name for inner in value for name in names(inner)] if isinstance(value, list) else []

    suspicious = [name for name in names(to_data(fact)) if any(word in name for word in PERSONAL)]
    assert set(suspicious) <= TEXT_OF_THE_PRACTICE


def test_an_unknown_type_and_a_version_from_the_future_are_told_apart_from_malformed_data() -> None:
    with pytest.raises(UnknownEvent, match="AppointmentTeleported"):
        check_wire("AppointmentTeleported", 1, {})
    with pytest.raises(UnknownEvent, match="version 99"):
        check_wire("AppointmentBooked", 99, {})


def test_a_number_in_quotes_is_malformed() -> None:
    with pytest.raises(MalformedEvent, match="revision"):
        check_wire("AppointmentBooked", 1, to_data(EXAMPLES[0]) | {"revision": "1"})
