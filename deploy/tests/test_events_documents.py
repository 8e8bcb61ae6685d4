"""docs/events.md and docs/asyncapi.yaml say what the catalog and the services say; `make events` writes them anew."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.catalog import CATALOG, TYPES
from clinic.deploy.asyncapi import document
from clinic.deploy.events import documents
from clinic.deploy.listeners import listeners
from clinic.deploy.topology import SUBSCRIPTIONS, broker_topology
from clinic.deploy.yaml_text import yaml_text

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GOLDEN = ROOT / "shared" / "tests" / "contracts" / "golden"
MESSAGES = sorted((ROOT / "shared" / "tests" / "infra" / "golden").glob("*.v*.cloudevent.json"))
OFFICIAL = Path(__file__).parent / "asyncapi" / "asyncapi-3.0.0.json"


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    """As anybody reads it."""
    read: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return read


def schema(asyncapi: dict[str, Any], name: str) -> dict[str, Any]:
    """A schema of the document, with what it refers to."""
    return {"$ref": f"#/components/schemas/{name}", "components": asyncapi["components"]}


@pytest.mark.parametrize("name", ["events.md", "asyncapi.yaml"])
def test_the_document_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name], "run `make events`"


def test_the_document_is_asyncapi_3_by_the_official_schema(asyncapi: dict[str, Any]) -> None:
    """The schema is the AsyncAPI Initiative's own (Apache License 2.0), of the package @asyncapi/specs 6.11.1."""
    official = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    faults = [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}"
        for fault in jsonschema.Draft7Validator(official).iter_errors(asyncapi)
    ]
    assert faults == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda told: told.pop("info"),
        lambda told: told["operations"]["identity.sends"].update(action="publish"),
        lambda told: told["channels"]["identity.events"]["bindings"]["amqp"].update({"is": "exchange"}),
        lambda told: told["components"]["securitySchemes"]["serviceUser"].update(type="password"),
        lambda told: told["components"]["messages"]["ClientErased"].update(headers={"type": 7}),
    ],
    ids=["no info", "an action of version 2", "another binding", "another scheme", "headers that are no schema"],
)
def test_the_official_schema_notices_what_is_wrong(asyncapi: dict[str, Any], spoil: Any) -> None:
    official = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    told = json.loads(json.dumps(asyncapi))
    spoil(told)
    assert not jsonschema.Draft7Validator(official).is_valid(told)


def test_every_reference_leads_somewhere(asyncapi: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            mine = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return [*mine, *(found for inner in value.values() for found in references(inner))]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    found = references(asyncapi)
    assert found
    for reference in found:
        place: Any = asyncapi
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]


@pytest.mark.parametrize("name", list(CATALOG))
def test_the_payloads_schema_takes_the_golden_event_and_refuses_it_without_a_field(
    asyncapi: dict[str, Any], name: str
) -> None:
    path = GOLDEN / f"{name}.v{CATALOG[name].schema_version}.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    check = jsonschema.Draft7Validator(schema(asyncapi, name), format_checker=jsonschema.FormatChecker())
    check.validate(data)
    check.validate(data | {"brand_new": 1})
    required = asyncapi["components"]["schemas"][name]["required"]
    for field in required:
        assert not check.is_valid({key: value for key, value in data.items() if key != field})
    assert not check.is_valid(data | {required[0]: []})
    assert set(data) == set(asyncapi["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_the_headers_schema_takes_the_golden_messages(asyncapi: dict[str, Any], path: Path) -> None:
    headers = json.loads(path.read_text(encoding="utf-8"))["headers"]
    name = headers["cloudEvents:type"]
    check = jsonschema.Draft7Validator(
        {**asyncapi["components"]["messages"][name]["headers"], "components": asyncapi["components"]}
    )
    is_present = headers["cloudEvents:schemaversion"] == str(CATALOG[name].schema_version)
    assert check.is_valid(headers) == is_present
    assert set(headers) <= set(asyncapi["components"]["schemas"]["CloudEventHeaders"]["properties"])
    for required in asyncapi["components"]["schemas"]["CloudEventHeaders"]["required"]:
        assert not check.is_valid({key: value for key, value in headers.items() if key != required})


def test_channels_are_what_the_broker_has(asyncapi: dict[str, Any]) -> None:
    made = broker_topology()
    amqp = {name: channel["bindings"]["amqp"] for name, channel in asyncapi["channels"].items()}
    exchanges = {name: told["exchange"] for name, told in amqp.items() if told["is"] == "routingKey"}
    queues = {name: told["queue"] for name, told in amqp.items() if told["is"] == "queue"}
    assert {(one["type"], one["durable"], one["autoDelete"]) for one in exchanges.values()} == {
        (one["type"], one["durable"], one["auto_delete"]) for one in made["exchanges"]
    }
    assert sorted(exchanges) == sorted(one["name"] for one in made["exchanges"])
    assert sorted(queues) == sorted(one["name"] for one in made["queues"])
    arguments = {name: channel.get("x-queue-arguments") for name, channel in asyncapi["channels"].items()}
    assert {one["name"]: one["arguments"] for one in made["queues"]}.items() <= arguments.items()


def test_every_queue_has_a_listener_and_every_listener_hears_what_is_published() -> None:
    assert {(one.service, one.source) for one in listeners() if one.by_queue} == {
        (queue.consumer, queue.source) for queue in SUBSCRIPTIONS
    }
    for one in listeners():
        assert one.handles, one.name
        assert {CATALOG[name].publisher for name in one.handles} == {one.source}


def test_every_event_is_told_with_every_field_and_every_earlier_version() -> None:
    text = documents()["events.md"]
    sections = {part.split("\n", 1)[0]: part for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]}
    for known in TYPES:
        section = sections[known.name]
        golden = json.loads((GOLDEN / f"{known.name}.v{known.schema_version}.json").read_text(encoding="utf-8"))
        assert all(f"| `{field}` |" in section for field in golden)
        assert all(upcaster.__name__ in section for upcaster in known.upcasters.values())
        assert f"Version {known.schema_version}. Stream `" in section
    anchors = {heading.lower() for heading in sections}
    assert set(re.findall(r"\]\(#([a-z]+)\)", text)) <= anchors


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=15,
    )
)
def test_what_is_written_as_yaml_is_read_the_same(value: Any) -> None:
    assert yaml.safe_load(yaml_text(value)) == value


def test_the_document_that_is_written_is_the_one_that_is_made(asyncapi: dict[str, Any]) -> None:
    assert asyncapi == json.loads(json.dumps(document()))
