from typing import Any

import pytest
from marshmallow import ValidationError

from clinic.infra.json_fields import StrictBoolean


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_read(value: bool) -> None:
    assert StrictBoolean().deserialize(value) is value


@pytest.mark.parametrize("value", [1, 0, 1.0, "true", "yes", "on", "", [], {}])
def test_nothing_that_looks_like_it_is(value: Any) -> None:
    with pytest.raises(ValidationError):
        StrictBoolean().deserialize(value)
