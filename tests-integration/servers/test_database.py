"""What a caller of the pool is told when the server ends or refuses a transaction: `Unavailable`, never a fault."""

import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.database import Database
from clinic.kernel.errors import Unavailable

ALIVE = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture
def served(service_database: Callable[[str], ServiceDatabase]) -> ServiceDatabase:
    return service_database("appointments")


@pytest.fixture
def database(served: ServiceDatabase) -> Iterator[Database]:
    made = Database(served.url("api"), size=1)
    yield made
    made.close()


def freeze(served: ServiceDatabase, database: Database) -> None:
    """Stands still inside a transaction until the server has ended it, then goes on."""
    with database.transaction() as connection:
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
        with psycopg.connect(served.url("superuser"), autocommit=True) as other:
            until = time.monotonic() + 10
            while other.execute(ALIVE, (connection.info.backend_pid,)).fetchone() != (0,):
                assert time.monotonic() < until, "the server did not end it"
        connection.execute("SELECT 1")


def write_where_nobody_may(database: Database) -> None:
    """As on a standby after a failover, until the address leads to the new primary."""
    with database.transaction() as connection:
        connection.execute("SET LOCAL transaction_read_only = on")
        connection.execute("UPDATE heads SET position = position")


def test_a_frozen_transaction_is_unavailable_and_the_next_one_works(
    served: ServiceDatabase, database: Database
) -> None:
    with pytest.raises(Unavailable):
        freeze(served, database)
    with database.transaction() as connection:
        assert connection.execute("SELECT 1 AS one").fetchone() == {"one": 1}


def test_a_server_that_only_reads_is_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable):
        write_where_nobody_may(database)


def test_our_own_faults_are_not_hidden(database: Database) -> None:
    with database.connection() as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM nothing_of_the_kind")
