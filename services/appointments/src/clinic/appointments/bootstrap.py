"""The only place that knows everything: settings, pools, adapters."""

from dataclasses import dataclass

from clinic.appointments.adapters.availability import HttpAvailability
from clinic.appointments.adapters.identity import HttpIdentity
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.adapters.past import PostgresPast
from clinic.appointments.adapters.views import PostgresViews
from clinic.appointments.application.as_of import Past
from clinic.appointments.application.ports import Availability, Identity, Ledger
from clinic.appointments.application.views import Views
from clinic.infra.database import Database
from clinic.infra.safe_settings import safe_settings
from clinic.infra.service_client import client_of
from clinic.infra.settings import ServiceSettings

SERVICE = "appointments"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the API is made of."""

    settings: ServiceSettings
    database: Database
    ledger: Ledger
    views: Views
    availability: Availability
    identity: Identity

    @property
    def past(self) -> Past:
        """The ledger as it stood earlier."""
        return PostgresPast(self.database)

    def ready(self) -> None:
        """Raises while the database does not answer."""
        with self.database.transaction() as connection:
            connection.execute("SELECT FROM heads LIMIT 1")


def build(settings: ServiceSettings | None = None) -> Parts:
    """The parts by the environment's settings."""
    settings = settings or safe_settings(SERVICE)
    database = Database(settings.database_url, size=16, name=f"{SERVICE}-api")
    return Parts(
        settings,
        database,
        PostgresLedger(database),
        PostgresViews(database),
        HttpAvailability(client_of(settings, "availability")),
        HttpIdentity(client_of(settings, "identity")),
    )
