"""What a service's migrations are made of: SQL files beside the revision, and the SQL that services share.

A revision under `services/<service>/migrations/` loads its sibling `.sql`, so that people and squawk read plain SQL.
"""

import os
from importlib.resources import files
from pathlib import Path

from alembic import op

DATABASES: dict[str, tuple[str, str]] = {
    "identity": ("identity", "migrations"),
    "identity_keys": ("identity", "migrations_keys"),
    "appointments": ("appointments", "migrations"),
    "availability": ("availability", "migrations"),
    "notifications": ("notifications", "migrations"),
}
"""Every database of the product: the service that owns it and the folder of its migrations in `services/<service>/`."""

ROLES = ("owner", "api", "worker", "relay", "projector", "ops")
"""The kinds of role; a role's name is `<service>_<kind>`. Only `owner` may change tables."""
MORE_ROLES: dict[str, tuple[str, ...]] = {
    "notifications": ("webhooks",),
    **dict.fromkeys(("identity", "appointments", "availability"), ("sealer",)),
}
"""Kinds of role that not every service has: who publishes seals its ledger."""


def kinds_of_role(service: str) -> tuple[str, ...]:
    """All the kinds of a service's roles."""
    return (*ROLES, *MORE_ROLES.get(service, ()))


def migrations_directory(database: str) -> Path:
    """Where the migrations of a database lie: below MIGRATIONS_DIR when it is set (images), else in this checkout.

    KeyError for a database that the product does not have.
    """
    service, folder = DATABASES[database]
    given = os.environ.get("MIGRATIONS_DIR")
    services = Path(given) if given else Path(__file__).resolve().parents[4] / "services"
    return services / service / folder


def run_shared_sql(name: str, service: str) -> None:
    """Runs `clinic/infra/sql/<name>.sql` for a service, in the migration's transaction."""
    _run(files("clinic.infra").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"), service)


def run_sibling_sql(revision_file: str) -> None:
    """Runs the `.sql` that lies beside a revision and has its name, in the migration's transaction."""
    _run(Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8"), None)


def _run(sql: str, service: str | None) -> None:
    """Through psycopg itself: SQLAlchemy would send parameters, and several statements can only go without any."""
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError("the migration has no database connection")
    driver.execute(sql if service is None else sql.replace("{service}", service))
