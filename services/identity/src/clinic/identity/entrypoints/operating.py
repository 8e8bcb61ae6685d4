"""What identity does for operators' commands of other services (`clinic.infra.operator_people`)."""

import getpass
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from clinic.contracts.appointments import Sealed
from clinic.identity.application.clients import SealedMessage, unseal_messages
from clinic.identity.application.ports import Ports
from clinic.identity.bootstrap import operator
from clinic.identity.domain.practices import is_slug
from clinic.infra.operator_people import PracticeFound
from clinic.kernel.errors import Unavailable
from clinic.kernel.recorded import SYSTEM

KEYS = "KEYS_DATABASE_URL"
ERASED = "Erased client"
MOST = 100
NEEDS_KEYS = (
    f"{KEYS} is not set: operators' roles may not read clients' keys. For this one command set it to the address of the"
    " keys database with a role that may (identity's API has it)"
)


class OperatorsPeople:
    """The `People` port, over identity's databases with the operators' role."""

    def practice(self, said: str) -> PracticeFound | None:
        """By id or by slug."""
        with operator() as ports:
            practice_id = _practice_id(ports, said)
            if practice_id is None:
                return None
            with ports.store.rows(practice_id) as rows:
                found = rows.practice()
        return PracticeFound(found.practice_id, found.slug, found.name, found.zone) if found else None

    def names(self, practice_id: UUID, clients: Sequence[UUID], users: Sequence[UUID]) -> Mapping[UUID, str]:
        """Two look-ups by key."""
        with operator() as ports, ports.store.rows(practice_id) as rows:
            found = rows.names(clients, users)
        people = {
            key: ERASED if erased else f"{first} {last}" for key, (first, last, erased) in found["clients"].items()
        }
        return {**people, **found["users"]}

    def unseal(
        self, practice_id: UUID, client_id: UUID, reason: str, messages: Sequence[tuple[UUID, Mapping[str, Any]]]
    ) -> Mapping[UUID, str | None]:
        """By 100, each recorded before it is unsealed: actor `system`, the reason, the login on this machine."""
        if not (address := os.environ.get(KEYS)):
            raise Unavailable(NEEDS_KEYS)
        texts: dict[UUID, str | None] = {}
        with operator(keys_url=address) as ports:
            for start in range(0, len(messages), MOST):
                some = [_message(*one) for one in messages[start : start + MOST]]
                texts |= unseal_messages(ports, practice_id, client_id, said_by_operator(reason), some, SYSTEM)
        return texts


def people() -> OperatorsPeople:
    """Loaded by name."""
    return OperatorsPeople()


def said_by_operator(reason: str) -> str:
    """The reason with the operator's login: the event's actor has no place for it."""
    return f"{reason} (operator {re.sub(r'[^A-Za-z0-9._-]', '', getpass.getuser())[:40]})"


def _message(event_id: UUID, sealed: Mapping[str, Any]) -> SealedMessage:
    whole = msgspec.convert(dict(sealed), Sealed)
    return SealedMessage(event_id, whole.key_id, whole)


def _practice_id(ports: Ports, said: str) -> UUID | None:
    try:
        return UUID(said)
    except ValueError:
        return ports.store.practice_of_slug(said) if is_slug(said) else None
