"""What a projection is: a name, a version, and one function per event it listens to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clinic.kernel.recorded import Recorded

Apply = Callable[[Any, Recorded], None]
"""Applies one event to the projection's rows; the first argument is the database connection, inside a transaction."""

ApplyMany = Callable[[Any, Sequence[Recorded]], None]
"""Applies handled events of one practice, in order, with the same effect as one after the other."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A view that can be rebuilt from the events, byte for byte the same.

    `tables` are the tables it alone writes; each carries `practice_id`. `handles` maps an event type to the function
    that applies it; types that it does not name are passed over. `apply_many`, where there is one, applies several at
    once, faster. Bumping `version` builds `name@version` beside the old one.
    """

    name: str
    version: int
    tables: tuple[str, ...]
    handles: Mapping[str, Apply]
    apply_many: ApplyMany | None = None

    @property
    def consumer(self) -> str:
        """The name under which its checkpoints are kept."""
        return consumer_name(self.name, self.version)


def consumer_name(projection: str, version: int) -> str:
    """The name under which a version of a projection keeps its checkpoints, for example `clinician_diary@1`."""
    return f"{projection}@{version}"
