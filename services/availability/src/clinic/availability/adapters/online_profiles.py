"""Online profiles in PostgreSQL; the switch's events stand in the same transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID

from clinic.availability.domain.online_profile import OnlineProfile
from clinic.contracts.availability import OnlineBookingSwitched
from clinic.infra.database import Database
from clinic.infra.event_store import Cause, append, new_event
from clinic.kernel.errors import Refused
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor
from clinic.kernel.streams import stream_id

READ = """
    SELECT clinician_id, available_online, display_name, title, description, version, clinic_now() AS now
    FROM clinicians WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s FOR UPDATE
"""

SAVE = """
    UPDATE clinicians SET available_online = %(available_online)s, display_name = %(display_name)s, title = %(title)s,
        description = %(description)s, version = version + %(events)s
    WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s
"""

Decide = Callable[[OnlineProfile, OnlineProfile], Sequence[OnlineBookingSwitched]]


class PostgresOnlineProfiles:
    """The profiles of `clinic.availability.application.ports`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(
        self, practice_id: UUID, clinician_id: UUID, actor: Actor, wanted: OnlineProfile, decide: Decide
    ) -> OnlineProfile:
        """Reads with a lock, decides, writes row and events. Refused `not_found`, and what `decide` refuses."""
        named = {"practice": practice_id, "clinician": clinician_id}
        with self._database.transaction(practice_id) as connection:
            row = connection.execute(READ, named).fetchone()
            if row is None:
                raise Refused("not_found")
            now = row.pop("now")
            state = OnlineProfile(**row)
            stream = stream_id("clinician", clinician_id)
            events = [
                new_event(fact, stream, state.version + number, now)
                for number, fact in enumerate(decide(state, wanted), start=1)
            ]
            connection.execute(
                SAVE,
                {
                    **named,
                    "available_online": wanted.available_online,
                    "display_name": wanted.display_name,
                    "title": wanted.title,
                    "description": wanted.description,
                    "events": len(events),
                },
            )
            if events:
                command_id = new_id()
                append(connection, practice_id, Cause(actor, command_id, command_id), events)
        return wanted
