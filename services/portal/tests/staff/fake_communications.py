"""What a practice sends when and in which words, in memory (F43, F44)."""

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from .cast import World


class FakeCommunications(ABC):
    """Notifications' part of the services as the staff pages call it."""

    world: World

    @abstractmethod
    def _called(self, name: str, given: Any = None, *, writes: bool = False) -> None:
        """Notes the call; what the test arranged to fail fails here."""

    @abstractmethod
    def _mine(self, found: Any) -> Any:
        """What the signed-in user's practice has; nothing of another's."""

    def communications(self) -> Any:
        self._called("communications")
        return self._mine(copy.deepcopy(self.world.communications))

    def communications_history(self, page: int) -> Any:
        self._called("communications_history", page)
        return self._mine({"entries": self.world.savings, "page": page, "pages": 1})

    def change_communications(self, version: int, wanted: Mapping[str, Any]) -> Any:
        self._called("change_communications", (version, dict(wanted)), writes=True)
        return self._mine({})

    def preview_text(self, text: Mapping[str, Any]) -> Any:
        self._called("preview_text", dict(text))
        return {"subject": text["subject"], "text": "Dear Alex", "has_way_to_portal": "{Next Appt." in text["body"]}
