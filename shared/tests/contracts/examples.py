"""One example of every event type, with fixed ids and instants: golden files are made of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from clinic.contracts import appointments as a
from clinic.contracts import availability, erasure, identity, refusals

PAT, BO = UUID(int=0xAB), UUID(int=0xB0)
APPOINTMENT, LOCATION, TYPE, MESSAGE, KEY, PAYMENT, REFUND = (UUID(int=number) for number in range(1, 8))
START = datetime(2026, 12, 2, 10, 20, tzinfo=UTC)
WHO: dict[str, Any] = {
    "appointment_id": APPOINTMENT,
    "client_id": PAT,
    "clinician_id": BO,
    "location_id": LOCATION,
    "appointment_type_id": TYPE,
}
DAY = a.Window("minutes", 1440)
POLICY = a.PolicySnapshot(
    3, "v2", True, True, True, DAY, a.Window("never"), True, 2, 7, a.RulesFrom(edit_window="type")
)
SETTINGS = a.PortalSettings(
    version=3, online_booking_edition="v2", online_booking_on=False, online_booking_off_text="Closed.", portal_on=True,
    portal_off_text="Please call.", may_view_upcoming=True, may_view_previous=True, may_change=True, may_cancel=True,
    may_leave_message=True, edit_window=DAY, cancellation_window=a.Window("never"),
    statuses=(a.AppointmentStatus("booked", "Booked", True, "Booked"),
              a.AppointmentStatus("cancelled_by_client", "Cancelled (client)", False, "Cancelled")),
    booked_status="booked", cancellation_status="cancelled_by_client", policy_text_version=2,
    policy_text="24 hours, please.", online_payments_on=True,
    type_rules=(a.TypeRules(TYPE, a.Rules(may_change=False)),),
)  # fmt: skip


def slot(start: datetime) -> a.Slot:
    """Forty minutes and five of buffer, in London's winter."""
    return a.Slot(start, start + timedelta(minutes=40), "Europe/London", f"{start:%Y-%m-%dT%H:%M}", 40, 5)


BEFORE, AFTER = slot(START), slot(START + timedelta(days=7))
SEALED = a.Sealed(KEY, "ZXBoZW1lcmFs", "bm9uY2U", "Y2lwaGVydGV4dA")
EXAMPLES: tuple[Any, ...] = (
    a.AppointmentBooked(
        **WHO, slot=BEFORE, status="booked", occupies=True, revision=1, overlap_accepted=False, video=False
    ),
    a.AppointmentImported(
        **WHO, slot=BEFORE, status="booked", occupies=True, revision=1, overlap_accepted=True, video=True,
        external_ref="A000001",
    ),
    a.AppointmentRescheduled(
        **WHO, old=BEFORE, new=AFTER, status="booked", revision=2, overlap_accepted=False, message_id=MESSAGE,
        policy=POLICY,
    ),
    a.AppointmentCancelled(
        **WHO, slot=AFTER, old_status="booked", status="cancelled_by_client", revision=3, message_id=None,
        policy=POLICY, policy_text="24 hours, please.", paid=a.Paid(4500, 1500, "GBP"),
    ),
    a.AppointmentStatusChanged(
        **WHO, slot=AFTER, old_status="booked", status="did_not_attend", occupies=False, revision=4,
        overlap_accepted=False,
    ),
    a.AppointmentRulesChanged(APPOINTMENT, PAT, a.Rules(may_cancel=False, edit_window=a.Window("minutes", 120))),
    a.PaymentRecorded(PAYMENT, APPOINTMENT, PAT, 4500, "GBP", "online", START, "P000001"),
    a.RefundRecorded(REFUND, APPOINTMENT, PAT, 1500, "GBP", START + timedelta(days=1)),
    a.ClientMessageLeft(MESSAGE, APPOINTMENT, PAT, BO, "change", SEALED),
    a.ClientMessageRead(MESSAGE, APPOINTMENT, PAT),
    a.ClientMessageDealtWith(MESSAGE, APPOINTMENT, PAT),
    a.ClientMessageReopened(MESSAGE, APPOINTMENT, PAT),
    a.PortalSettingsChanged(SETTINGS, ("portal_on",)),
    refusals.ChangeRefused(
        **WHO, wanted="change", code="too_late_to_change", slot=BEFORE, wanted_starts_at=AFTER.starts_at, revision=1,
        policy=POLICY, unrecorded_before=2,
    ),
    identity.PracticeCreated(UUID(int=9), "harbour-street", "Europe/London"),
    identity.UserRegistered(BO, "clinician"),
    identity.ClientRegistered(PAT, KEY),
    identity.ClientDetailsChanged(PAT, ("postcode",)),
    identity.ClientUnlocked(PAT),
    identity.ClientMessagesUnsealed(PAT, (UUID(int=11),), "reading the Messages tab"),
    identity.SignInLinkRequested(UUID(int=12), "email"),
    refusals.ConfirmationRefused(UUID(int=13), "appointment", UUID(int=14), APPOINTMENT, PAT, "mismatch"),
    erasure.ClientErased(PAT, KEY),
    erasure.LegalHoldPlaced(PAT),
    erasure.LegalHoldLifted(PAT),
    erasure.ClientRecordExported(PAT, (UUID(int=11),)),
    availability.OnlineBookingSwitched(BO, False),
    availability.AvailabilityRulesChanged(7, ("working_hours",)),
)  # fmt: skip
