"""The portal's settings and its services: the only place that knows everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from environs import Env

from clinic.infra.safe_settings import safe_settings
from clinic.infra.service_client import client_of
from clinic.infra.settings import SERVICES, ServiceSettings
from clinic.portal.adapters.appointments import HttpAppointments
from clinic.portal.adapters.availability import HttpAvailability
from clinic.portal.adapters.identity import HttpIdentity
from clinic.portal.adapters.service import Service
from clinic.portal.adapters.staff_services import HttpStaffServices
from clinic.portal.application.ports import Backends, Identity
from clinic.portal.application.staff.ports import StaffServices
from clinic.portal.domain.session import Face


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What one face reads from its environment. `base_url` is the configured address of this face, without a slash.

    `secret_key` signs forms and seals link tokens; `cookie_suffix` keeps two instances on one host apart;
    `trusted_proxies` is the number of reverse proxies whose X-Forwarded-For is believed; `client_portal_url` is what
    staff copy for their clients (F7).
    """

    face: Face
    shared: ServiceSettings
    base_url: str
    secret_key: str
    cookie_suffix: str
    trusted_proxies: int
    client_portal_url: str = ""


def read_portal_settings(face: Face) -> PortalSettings:
    """The settings of a face; what is missing or too short is an environs.EnvError or ValueError."""
    env = Env()
    secret_key = env.str("PORTAL_SECRET_KEY")
    if len(secret_key) < 32:
        raise ValueError("PORTAL_SECRET_KEY needs at least 32 characters")
    return PortalSettings(
        face=face,
        shared=safe_settings("portal"),
        base_url=env.str("CLIENT_PORTAL_URL" if face == "client" else "STAFF_URL").rstrip("/"),
        secret_key=secret_key,
        cookie_suffix=env.str("COOKIE_SUFFIX", "portal"),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0),
        client_portal_url=env.str("CLIENT_PORTAL_URL").rstrip("/"),
    )


def service(settings: PortalSettings, name: str) -> Service:
    """The service `name` as this process calls it."""
    shared = settings.shared
    return Service(client_of(shared, name), client_of(shared, name, repeats=False))


def connect(settings: PortalSettings) -> Backends:
    """The services behind the pages; no call is made yet."""
    return Backends(
        identity=HttpIdentity(service(settings, "identity")),
        appointments=HttpAppointments(service(settings, "appointments")),
        availability=HttpAvailability(service(settings, "availability")),
    )


def connect_staff(settings: PortalSettings) -> tuple[Identity, Callable[[Mapping[str, str]], StaffServices]]:
    """Identity with the portal's key, and all services as the holder of a session's tokens; no call is made yet."""
    services = {name: service(settings, name) for name in SERVICES}
    return HttpIdentity(services["identity"]), lambda tokens: HttpStaffServices(services, tokens)
