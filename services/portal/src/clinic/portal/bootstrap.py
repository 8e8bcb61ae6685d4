"""The portal's settings and its services: the only place that knows everything."""

from dataclasses import dataclass

from environs import Env

from clinic.infra.service_client import ServiceClient
from clinic.infra.settings import ServiceSettings, read_settings
from clinic.portal.adapters.appointments import HttpAppointments
from clinic.portal.adapters.availability import HttpAvailability
from clinic.portal.adapters.identity import HttpIdentity
from clinic.portal.adapters.service import Service
from clinic.portal.application.ports import Backends
from clinic.portal.domain.session import Face


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What one face reads from its environment. `base_url` is the configured address of this face, without a slash.

    `secret_key` signs forms and seals link tokens; `cookie_suffix` keeps two instances on one host apart;
    `trusted_proxies` is the number of reverse proxies whose X-Forwarded-For is believed.
    """

    face: Face
    shared: ServiceSettings
    base_url: str
    secret_key: str
    cookie_suffix: str
    trusted_proxies: int


def read_portal_settings(face: Face) -> PortalSettings:
    """The settings of a face; what is missing or too short is an environs.EnvError or ValueError."""
    env = Env()
    secret_key = env.str("PORTAL_SECRET_KEY")
    if len(secret_key) < 32:
        raise ValueError("PORTAL_SECRET_KEY needs at least 32 characters")
    return PortalSettings(
        face=face,
        shared=read_settings("portal"),
        base_url=env.str("CLIENT_PORTAL_URL" if face == "client" else "STAFF_URL").rstrip("/"),
        secret_key=secret_key,
        cookie_suffix=env.str("COOKIE_SUFFIX", "portal"),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0),
    )


def service(settings: PortalSettings, name: str) -> Service:
    """The service `name` as this process calls it."""
    shared = settings.shared
    return Service(ServiceClient(shared.urls[name], caller="portal", key=shared.service_keys.get(name, "")))


def connect(settings: PortalSettings) -> Backends:
    """The services behind the pages; no call is made yet."""
    return Backends(
        identity=HttpIdentity(service(settings, "identity")),
        appointments=HttpAppointments(service(settings, "appointments")),
        availability=HttpAvailability(service(settings, "availability")),
    )
