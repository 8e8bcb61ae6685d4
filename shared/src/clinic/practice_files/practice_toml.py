"""`practice.toml`: the practice, its portal and its booking rules."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import category

from clinic.kernel.practice_directory import PracticeRow, StatusRow
from clinic.practice_files import cells
from clinic.practice_files.faults import Fault, Invalid
from clinic.practice_files.tables import STATUSES, one_of

FILE = "practice.toml"
OFFSETS = ("0h", "1h", "2h", "3h", "4h", "5h", "6h", "next_day", "2_days", "3_days", "next_week")
"""F37: how soon the first offered time may be."""
MAX_PORTAL_TEXT = 5000
MAX_STATUSES = 50
MAX_STATUS_NAME = 100
LONGEST_WINDOW_MINUTES = 365 * 1440


def slug(value: Any) -> str:
    """The practice's part of the address: 3 to 60 small letters, digits and dashes."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{1,58})[a-z0-9]", value):
        raise Invalid("must have 3 to 60 small letters, digits or dashes")
    return value


def window_minutes(value: Any) -> int | None:
    """`always` (0), `never` (None), or a length: `24h`, `90m`, `2d`, in minutes."""
    if value == "never":
        return None
    if value == "always":
        return 0
    if isinstance(value, str) and (found := re.fullmatch(r"(\d{1,6})([mhd])", value)):
        minutes = int(found[1]) * {"m": 1, "h": 60, "d": 1440}[found[2]]
        if minutes > LONGEST_WINDOW_MINUTES:
            raise Invalid("is longer than 365 days")
        return minutes
    raise Invalid('must be "always", "never" or a length such as "24h", "90m" or "2d"')


def portal_text(value: Any) -> str:
    """A text for clients, several lines allowed, up to 5,000 characters."""
    if not isinstance(value, str) or len(value) > MAX_PORTAL_TEXT:
        raise Invalid(f"must be a text of at most {MAX_PORTAL_TEXT} characters")
    if any(category(letter) == "Cc" and letter not in "\n\t" for letter in value):
        raise Invalid("has a control character")
    return value.strip()


def statuses(value: Any) -> tuple[StatusRow, ...]:
    """The tables `[[statuses]]`: `code`, `name`, `attending`, and, where wanted, `client_wording` and `also`."""
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Invalid("must be tables [[statuses]] with code, name and attending")
    if len(value) > MAX_STATUSES:
        raise Invalid(f"{MAX_STATUSES} are allowed")
    found = tuple(_status(number, entry) for number, entry in enumerate(value, start=1))
    codes = [status.code for status in found]
    if len(set(codes)) < len(codes):
        raise Invalid("every status has a code of its own")
    words: dict[str, str] = {}
    for status in found:
        for word in (status.code, status.name, *status.also):
            if words.setdefault(word.casefold(), status.code) != status.code:
                raise Invalid(f"{word!r} means both {words[word.casefold()]} and {status.code}")
    return found


def _status(number: int, entry: dict[str, Any]) -> StatusRow:
    if unknown := set(entry) - {"code", "name", "attending", "client_wording", "also"}:
        raise Invalid(f"number {number} has the unknown key {sorted(unknown)[0]!r}")
    code, name, attending = entry.get("code"), entry.get("name"), entry.get("attending")
    if not isinstance(code, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,49}", code):
        raise Invalid(f"number {number} needs a code of at most 50 small letters, digits and underscores")
    if not isinstance(name, str) or not name.strip() or not isinstance(attending, bool):
        raise Invalid(f"{code} needs a name, and attending = true or false")
    wording, also = entry.get("client_wording", name), entry.get("also", [])
    if not isinstance(wording, str) or not isinstance(also, list) or not all(isinstance(word, str) for word in also):
        raise Invalid(f"{code}: client_wording is a text, also a list of texts")
    if len(name) > MAX_STATUS_NAME or len(wording) > MAX_STATUS_NAME:
        raise Invalid(f"{code}: name and client_wording have at most {MAX_STATUS_NAME} characters")
    return StatusRow(code, cells.text(name), attending, cells.text(wording), tuple(cells.text(word) for word in also))


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid("must be true or false")
    return value


def _integer(low: int, high: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Invalid(f"must be a whole number from {low} to {high}")
        return value

    return parse


def _from_cell(parse: Callable[[str], Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        if not isinstance(value, str):
            raise Invalid("must be a text")
        return parse(value)

    return checked


KEYS: dict[str, tuple[str, Callable[[Any], Any], Any]] = {
    "slug": ("slug", slug, ...),
    "name": ("name", _from_cell(cells.needed), ...),
    "phone": ("phone", _from_cell(cells.needed), ...),
    "email": ("email", _from_cell(cells.email), ...),
    "zone": ("zone", _from_cell(cells.zone), "Europe/London"),
    "nation": ("nation", _from_cell(one_of("england", "scotland", "wales", "northern_ireland")), "england"),
    "portal.edition": ("online_booking_edition", _from_cell(one_of("none", "classic", "v2")), "v2"),
    "portal.online_booking_on": ("online_booking_on", _boolean, False),
    "portal.on": ("portal_on", _boolean, False),
    "portal.off_text": ("portal_off_text", portal_text, ""),
    "portal.online_booking_off_text": ("online_booking_off_text", portal_text, ""),
    "portal.edit_window": ("edit_window_minutes", window_minutes, 1440),
    "portal.cancellation_window": ("cancellation_window_minutes", window_minutes, 1440),
    "portal.policy_text": ("policy_text", portal_text, ""),
    "portal.online_payments_on": ("online_payments_on", _boolean, False),
    "portal.booked_status": ("booked_status", _from_cell(cells.needed), "booked"),
    "portal.cancellation_status": ("cancellation_status", _from_cell(cells.needed), "cancelled_by_client"),
    "statuses": ("statuses", statuses, ()),
    "booking.first_day_of_week": ("first_day_of_week", _from_cell(cells.weekday), 0),
    "booking.offset": ("booking_offset", _from_cell(one_of(*OFFSETS)), "0h"),
    "booking.limit_days": ("booking_limit_days", _integer(1, 730), 56),
    "booking.step_minutes": ("slot_step_minutes", _integer(1, 1440), 15),
}
"""Key in the file → field, parser, default (`...`: needed)."""


def read_practice_toml(path: Path, faults: list[Fault]) -> PracticeRow | None:
    """The practice of the file; what is wrong is added to `faults`, and then the answer is None."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        faults.append(Fault(FILE, 0, "", "the file is missing"))
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(FILE, 0, "", f"cannot be read: {error}"))
        return None
    except RecursionError:
        faults.append(Fault(FILE, 0, "", "cannot be read: it is nested too deeply"))
        return None
    given = _flat(found)
    before = len(faults)
    faults += [Fault(FILE, 0, key, "is an unknown key") for key in given if key not in KEYS]
    values: dict[str, Any] = {}
    for key, (field, parse, default) in KEYS.items():
        try:
            values[field] = parse(given[key]) if key in given else _default(default)
        except Invalid as error:
            faults.append(Fault(FILE, 0, key, str(error)))
    if not values.get("email", "x"):
        faults.append(Fault(FILE, 0, "email", "is empty"))
    if values.get("portal_on") and values.get("online_booking_edition") != "v2":
        faults.append(Fault(FILE, 0, "portal.on", "the portal needs the edition v2 (F2)"))
    if "statuses" in values:
        faults += _status_faults(values)
    return PracticeRow(**values) if len(faults) == before else None


def _status_faults(values: dict[str, Any]) -> list[Fault]:
    """A new appointment is attending, a cancelled one is not, or its time would stay taken (F26)."""
    own = {status.code: status.attending for status in values["statuses"]}
    attending = own or {code: is_attending for code, (_, is_attending) in STATUSES.items()}
    return [
        Fault(FILE, 0, f"portal.{field}", f"{values[field]!r} is no {said} status of the practice")
        for field, wanted, said in (
            ("booked_status", True, "attending"),
            ("cancellation_status", False, "non-attending"),
        )
        if field in values and attending.get(values[field]) is not wanted
    ]


def _default(default: Any) -> Any:
    if default is ...:
        raise Invalid("is missing")
    return default


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat
