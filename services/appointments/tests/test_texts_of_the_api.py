"""What the API takes as a code or a currency: nothing may follow it, not even a line break."""

from typing import Any

import pytest
from marshmallow import ValidationError

from clinic.appointments.entrypoints.schemas import CODE
from clinic.appointments.entrypoints.staff_schemas import CURRENCY


@pytest.mark.parametrize(("rule", "text"), [(CODE, "booked"), (CODE, "a_1"), (CURRENCY, "GBP")])
def test_the_whole_text_is_looked_at(rule: Any, text: str) -> None:
    assert rule(text) == text
    for other in (f"{text}\n", f"{text} ", f"\n{text}", "", text.swapcase()):
        with pytest.raises(ValidationError):
            rule(other)
