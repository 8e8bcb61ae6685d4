"""The one place where Python asks the machine for the time; deciding code gets `now` as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant in UTC, by this machine's clock. Decisions use the database's `clinic_now()` instead."""
    return datetime.now(UTC)
