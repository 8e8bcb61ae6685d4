"""Staff read which confirmations of identity failed (F53)."""

from collections.abc import Sequence
from uuid import UUID

from clinic.identity.application.ports import Ports
from clinic.identity.domain.refusals import RefusalLine

PAGE_SIZE = 20


def show_refusals(
    ports: Ports, practice_id: UUID, client_id: UUID | None, page: int
) -> tuple[Sequence[RefusalLine], int]:
    """A page, newest first, and how many pages there are."""
    with ports.store.rows(practice_id) as rows:
        found, total = rows.refusals(client_id, page, PAGE_SIZE)
    return found, max(1, -(-total // PAGE_SIZE))
