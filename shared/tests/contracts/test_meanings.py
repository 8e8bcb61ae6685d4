"""Every field of the published language has a meaning in words, and every event its stream."""

import re
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from clinic.contracts.catalog import TYPES
from clinic.contracts.meanings import FIELDS, FIELDS_OF, STREAMS, meaning
from clinic.kernel.streams import Category, category_of


def classes() -> set[type]:
    """The events, and the values inside them."""
    found: set[type] = set()

    def take(part: Any) -> None:
        if isinstance(part, type) and is_dataclass(part) and part not in found:
            found.add(part)
            for hint in get_type_hints(part).values():
                take(hint)
        for argument in get_args(part):
            take(argument)

    for known in TYPES:
        take(known.cls)
    return found


def test_every_field_has_a_meaning_that_is_a_sentence() -> None:
    for cls in classes():
        for field in fields(cls):
            said = meaning(cls, field.name)
            assert said.endswith("."), (cls.__name__, field.name)
            assert said[0].isupper() or said.startswith("ISO"), (cls.__name__, field.name)


def test_no_meaning_is_of_a_field_that_is_not_there() -> None:
    there = {cls.__name__: {field.name for field in fields(cls)} for cls in classes()}
    assert set(FIELDS) <= {name for names in there.values() for name in names}
    assert all(set(said) <= there[name] for name, said in FIELDS_OF.items())


def test_units_and_zones_are_said() -> None:
    for cls in classes():
        for field in fields(cls):
            said = meaning(cls, field.name)
            assert not field.name.endswith("_at") or "UTC" in said, field.name
            assert not field.name.endswith("_pence") or "hundredths" in said, field.name
            assert not field.name.endswith("_minutes") or "minutes" in said, field.name


def test_every_type_has_its_stream() -> None:
    assert list(STREAMS) == [known.name for known in TYPES]
    for known in TYPES:
        stream = STREAMS[known.name]
        assert category_of(stream) in get_args(Category)
        (entity,) = re.findall(r"<(.+)>$", stream)
        assert entity in {field.name for field in fields(known.cls)} | {"practice id", "command id"}
