"""What a form of settings is read into."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Read:
    """A form that was read: the settings to send, and what is wrong per field (nothing is sent while there is any)."""

    settings: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)
