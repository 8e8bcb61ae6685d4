"""Brings databases to their newest migration: `python -m clinic.deploy.migrate [DATABASE …]`.

The command reads the address of each database's owner from `<DATABASE>_OWNER_DATABASE_URL`.
"""

import os
import sys
from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from clinic.infra.migrations import DATABASES, migrations_directory

LOCK = 0x436C696E6963  # "Clinic": two migrating processes take turns


def migrate(database: str, owner_url: str, revision: str = "head") -> None:
    """Runs every migration that the database lacks up to a revision, in one transaction; said twice, it stays quiet.

    A lock that is not given within 10 s ends it, so that it never holds up the processes that serve.

    `owner_url` is a `postgresql://` address of the role that owns the tables. Raises what the database raised.
    """
    config = Config()
    config.set_main_option("script_location", str(files("clinic.infra").joinpath("migration_environment")))
    config.set_main_option("version_locations", str(migrations_directory(database)).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    engine = create_engine(
        owner_url.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=NullPool,
        connect_args={"options": "-c lock_timeout=10s -c timezone=UTC"},
    )
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def main(names: list[str]) -> int:
    """Migrates the named databases, all of them without names; 2 where an address is missing."""
    for name in names or list(DATABASES):
        variable = f"{name.upper()}_OWNER_DATABASE_URL"
        if name not in DATABASES or variable not in os.environ:
            print(f"{name}: {variable} is not set or there is no such database", file=sys.stderr)
            return 2
        migrate(name, os.environ[variable])
        print(f"{name}: up to date", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
