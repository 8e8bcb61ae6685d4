"""What was refused, and what other windows would have meant, in memory (F53, F54)."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from .cast import World


class FakeRefusals(ABC):
    """Refused requests as the staff pages call for them; another practice has none of these."""

    world: World
    here: bool

    @abstractmethod
    def _called(self, name: str, given: Any = None, *, writes: bool = False) -> None:
        """Notes the call; what the test arranged to fail fails here."""

    def refusals(self, *, client: UUID | None = None, appointment: UUID | None = None, page: int = 1) -> Any:
        self._called("refusals", (client, appointment, page))
        wanted = {"client_id": client, "appointment_id": appointment}
        return _page(self.world.refusals if self.here else [], wanted, page)

    def confirmation_refusals(self, *, client: UUID | None = None, page: int = 1) -> Any:
        self._called("confirmation_refusals", (client, page))
        return _page(self.world.confirmations if self.here else [], {"client_id": client}, page)

    def what_if(self, question: Mapping[str, str]) -> Any:
        self._called("what_if", dict(question))
        return dict(self.world.what_if)


def _page(entries: list[dict[str, Any]], wanted: Mapping[str, UUID | None], page: int) -> dict[str, Any]:
    found = [
        one
        for one in entries
        if all(value in (None, UUID(one[name] or str(UUID(int=0)))) for name, value in wanted.items())
    ]
    return {"refusals": found[20 * (page - 1) : 20 * page], "page": page, "pages": max(1, -(-len(found) // 20))}
