"""A clinician's online profile is set by a site administrator (F6, F38)."""

from uuid import UUID

from clinic.availability.application.ports import OnlineProfiles
from clinic.availability.domain.online_profile import OnlineProfile, may_edit_profile, set_profile
from clinic.kernel.errors import Refused
from clinic.kernel.recorded import Actor


def set_online_profile(
    profiles: OnlineProfiles, practice_id: UUID, role: str | None, user_id: UUID | None, wanted: OnlineProfile
) -> OnlineProfile:
    """The profile as it is now; said twice, it records nothing more. Refused `forbidden`, `not_found`, `invalid`."""
    if not may_edit_profile(role):
        raise Refused("forbidden")
    return profiles.change(practice_id, wanted.clinician_id, Actor("staff", user_id), wanted, set_profile)
