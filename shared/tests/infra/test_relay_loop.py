"""The relay's loop says once that it cannot relay, and once that it can again."""

import logging
from itertools import count

import pytest

from clinic.infra.publisher import BrokerAway
from clinic.infra.relay import run


class Nothing:
    """A relay with nothing to publish, and a listener that hears nothing."""

    def publish_batch(self) -> tuple[int, int]:
        return 0, 0

    def fileno(self) -> None:
        return None

    def wait(self, seconds: float) -> None:
        """Time does not pass."""

    def close(self) -> None:
        """Nothing is open."""


class Broker(Nothing):
    """A publisher whose broker is away for its first three connections."""

    def __init__(self) -> None:
        self.asked = count(1)

    def connect(self) -> None:
        if next(self.asked) <= 3:
            raise BrokerAway("refused")

    def wait(self, seconds: float, fileno: int | None = None) -> None:
        """Time does not pass."""


def test_a_broker_that_is_away_is_told_once_though_nothing_is_to_be_published(caplog: pytest.LogCaptureFixture) -> None:
    turns = count(1)
    # Every turn asks once; the pauses between two turns ask as well, so they end at once.
    with caplog.at_level(logging.INFO, logger="clinic.infra.relay"):
        run(Nothing(), Broker(), Nothing(), lambda: next(turns) > 60)  # type: ignore[arg-type]
    assert [record.message for record in caplog.records] == ["cannot relay, tries again: refused", "relays again"]
