"""What must not start (promises.md, safe settings); the servers themselves are asked in tests-integration/servers."""

import sys
import zoneinfo
from collections.abc import Iterator

import pytest

from clinic.infra.safe_settings import NO_ZONES, UnsafeSettings, faults, safe_settings

SAFE = {"fsync": "on", "synchronous_commit": "on", "max_prepared_transactions": "0"}


@pytest.fixture
def no_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without time zone data, neither the system's nor the package's."""
    monkeypatch.setitem(sys.modules, "tzdata", None)
    zoneinfo.reset_tzpath(to=())
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()


@pytest.mark.parametrize("kept", ["on", "local", "remote_write", "remote_apply"])
def test_a_server_that_keeps_commits_is_safe(kept: str) -> None:
    assert faults({**SAFE, "synchronous_commit": kept}) == []


@pytest.mark.parametrize(
    ("name", "value"), [("fsync", "off"), ("synchronous_commit", "off"), ("max_prepared_transactions", "10")]
)
def test_a_server_that_may_lose_or_hold_commits_is_not(name: str, value: str) -> None:
    (fault,) = faults({**SAFE, name: value})
    assert fault.startswith(name)


def test_every_fault_is_named() -> None:
    assert len(faults({"fsync": "off", "synchronous_commit": "off", "max_prepared_transactions": "1"})) == 3


@pytest.mark.usefixtures("no_zones")
def test_without_time_zone_data_no_process_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC_TEST", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(UnsafeSettings, match=NO_ZONES):
        safe_settings("portal")


@pytest.mark.usefixtures("no_zones")
def test_a_test_may_start_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLINIC_TEST", "1")
    assert safe_settings("portal").service == "portal"


def test_a_database_that_does_not_answer_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLINIC_TEST", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:9/")
    assert safe_settings("identity").database_url == "postgresql://127.0.0.1:9/"
