"""What a booking is about, read from a form against what the practice offers (F39)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.portal.application.staff.joining import Catalogue


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment type with a clinician at a location. `zone` is the location's."""

    type_id: str
    clinician_id: str
    location_id: str
    type_name: str
    clinician: str
    place: str
    zone: str
    duration_minutes: int


def read_booking(
    form: Mapping[str, str], catalogue: Catalogue, clinicians: Sequence[tuple[UUID, str]]
) -> Booking | dict[str, str]:
    """The booking of `type`, `clinician` and `location`; else what is wrong, per field."""
    kind = catalogue.types.get(form.get("type", ""))
    location = catalogue.locations.get(form.get("location", ""))
    names = {str(clinician_id): name for clinician_id, name in clinicians}
    clinician_id = form.get("clinician", "")
    errors = {}
    if kind is None:
        errors["type"] = "Choose an appointment type."
    if clinician_id not in names:
        errors["clinician"] = "Choose a clinician."
    elif kind is not None and clinician_id not in kind["clinician_ids"]:
        errors["clinician"] = f"{names[clinician_id]} does not offer {kind['name']}."
    if location is None:
        errors["location"] = "Choose a location."
    elif kind is not None and location["id"] not in kind["location_ids"]:
        errors["location"] = f"{kind['name']} is not offered at {location['name']}."
    if errors or kind is None or location is None:
        return errors
    return Booking(
        type_id=kind["id"],
        clinician_id=clinician_id,
        location_id=location["id"],
        type_name=kind["name"],
        clinician=names[clinician_id],
        place="By video" if kind["video"] else location["name"],
        zone=location["zone"],
        duration_minutes=kind["duration_minutes"],
    )
