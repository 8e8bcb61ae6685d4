"""Roles and databases of the product in a PostgreSQL server, whoever runs that server."""

from collections.abc import Callable, Iterable

import psycopg
from psycopg import sql

from clinic.infra.migrations import DATABASES, kinds_of_role

NO_RIGHTS = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def roles_of(service: str) -> list[str]:
    """The names of a service's roles."""
    return [f"{service}_{kind}" for kind in kinds_of_role(service)]


def ensure_roles(superuser_url: str, services: Iterable[str], password: Callable[[str], str]) -> None:
    """Makes the roles that are missing and sets every password; a role that exists keeps its rights."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in [name for service in services for name in roles_of(service)]:
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
            verb = "ALTER" if found else "CREATE"
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN {} PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(role), sql.SQL(NO_RIGHTS), sql.Literal(password(role))
                )
            )


def ensure_database(superuser_url: str, database: str, *, name: str | None = None) -> None:
    """Makes the database (called `name`, else `database`) where it is missing; only its service's roles may connect.

    The owner owns the schema `public` too, and nobody else may create in it, on PostgreSQL 13 and 14 as well.
    """
    service = DATABASES[database][0]
    name = name or database
    owner = sql.Identifier(f"{service}_owner")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            close_to_others(connection, service, name)  # a release may have brought another role
            return
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
        close_to_others(connection, service, name)
    with psycopg.connect(superuser_url, dbname=name, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")


def close_to_others(connection: psycopg.Connection, service: str, name: str) -> None:
    """Only the service's roles may connect to the database."""
    database = sql.Identifier(name)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            database, sql.SQL(", ").join(sql.Identifier(role) for role in roles_of(service))
        )
    )
