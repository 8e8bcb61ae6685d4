"""What an event makes of a view's rows, as data: projections stay pure, the adapter writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clinic.kernel.projection import consumer_name
from clinic.kernel.recorded import Recorded


@dataclass(frozen=True, slots=True)
class Row:
    """A new row; the columns that are not named do not exist."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """Other values in the row of this key; numbers that rise by `added`, arrays that get `appended` at their end."""

    key: Mapping[str, Any]
    values: Mapping[str, Any]
    added: Mapping[str, int] = field(default_factory=dict)
    appended: Mapping[str, list[Any]] = field(default_factory=dict)


Change = Row | Changed
Handles = Mapping[str, Callable[[Recorded], Sequence[Change]]]


@dataclass(frozen=True, slots=True)
class View:
    """One question's projection: its table, what it makes of each event type, and the types it passes over.

    `key` is the column that tells the rows of one practice apart; by default there is one row per event.
    """

    name: str
    version: int
    handles: Handles = field(hash=False)
    ignores: tuple[str, ...]
    key: str = "position"

    @property
    def table(self) -> str:
        """The table of this version: a new version is built beside the old one."""
        return f"{self.name}_v{self.version}"

    @property
    def consumer(self) -> str:
        """The name under which its checkpoints are kept."""
        return consumer_name(self.name, self.version)


NOT_OF_AN_APPOINTMENT = (
    "ClientMessageLeft",
    "ClientMessageRead",
    "ClientMessageDealtWith",
    "ClientMessageReopened",
    "PortalSettingsChanged",
    "ChangeRefused",
)
"""Events that are in streams of their own."""
