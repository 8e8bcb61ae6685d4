"""Where a checkpoint has been: how a repair finds the last event that a restored ledger still has (ADR 0028)."""

from collections.abc import Mapping
from typing import Any

from clinic.infra.database import Connection
from clinic.infra.delivery_rule import Checkpoint

NEAR = 256
"""So close to the checkpoint every place is kept; further back one for each doubling of the distance."""
THIN_EVERY = 128

_KEY = "consumer = %(consumer)s AND source = %(source)s AND practice_id = %(practice)s"
_THIN = f"""
    DELETE FROM consumer_trail WHERE {_KEY} AND position IN (
        SELECT position FROM (
            SELECT position, row_number() OVER (
                PARTITION BY length(ltrim((%(last)s - position)::bit(63)::text, '0')) ORDER BY position) AS number
            FROM consumer_trail WHERE {_KEY} AND position <= %(last)s - {NEAR}
        ) AS far WHERE number > 1)
"""
"""The number of binary digits of a distance is its number of doublings."""


def thin(connection: Connection, names: Mapping[str, Any]) -> None:
    """Of the places at about the same distance from `last` the oldest stays: it is the next to be far away."""
    connection.execute(_THIN, names)


def places(connection: Connection, names: Mapping[str, Any]) -> list[Checkpoint]:
    """The places that are kept, the newest first."""
    rows = connection.execute(
        f"SELECT position, event_id FROM consumer_trail WHERE {_KEY} ORDER BY position DESC", names
    )
    return [Checkpoint(row["position"], row["event_id"]) for row in rows]
