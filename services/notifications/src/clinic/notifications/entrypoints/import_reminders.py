"""`clinic import --with-reminders`: what was taken over is reminded of from now on (F49).

Found by the entry point `with_reminders` of the group `clinic.import_options`, with the practice's id.
"""

from uuid import UUID

from clinic.infra.database import Database
from clinic.infra.importing import operator_database_url
from clinic.notifications.adapters.postgres_communications import remind_imported
from clinic.notifications.bootstrap import SERVICE


def with_reminders(practice_id: UUID) -> bool:
    """Switches the practice's reminders of imported appointments on; whether that changed anything."""
    database = Database(operator_database_url(SERVICE), size=1, name="notifications-ops")
    try:
        with database.transaction(practice_id) as connection:
            return remind_imported(connection, practice_id)
    finally:
        database.close()
