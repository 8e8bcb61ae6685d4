"""The product whose ledger is restored, with the environment of an operator."""

from collections.abc import Callable, Iterator

import pytest
from restored_product import SERVICES, Product

from clinic.deploy.servers_for_tests import ServiceDatabase


@pytest.fixture
def product(service_database: Callable[[str], ServiceDatabase], monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """All that follows the ledger, on fresh databases."""
    made = {name: service_database(name) for name in SERVICES}
    for name, database in made.items():
        monkeypatch.setenv(f"{name.upper()}_OPS_DATABASE_URL", database.url("ops"))
    running = Product(made)
    yield running
    running.close()
