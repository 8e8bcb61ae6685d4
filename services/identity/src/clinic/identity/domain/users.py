"""Staff: how they are kept, what a good password is, how long a set-up address lives."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from clinic.contracts.identity import Role

SET_UP_ADDRESS_LIVES = timedelta(days=7)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256


@dataclass(frozen=True, slots=True)
class User:
    """A staff member with a login; a clinician has a diary. E-mail in lower case."""

    user_id: UUID
    external_ref: str
    name: str
    email: str
    role: Role
    is_clinician: bool


def is_weak_password(password: str, email: str) -> bool:
    """Fewer than 12 characters, more than 256, fewer than 6 different ones, or the user's own name in it."""
    own_name = email.partition("@")[0].casefold()
    return (
        not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
        or len(set(password)) < 6
        or (len(own_name) > 3 and own_name in password.casefold())
    )
