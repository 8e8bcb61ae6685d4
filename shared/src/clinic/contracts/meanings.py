"""What every field of every event means, and in which stream each event is: the words of docs/events.md.

A field means the same in every event that has it (`FIELDS`) unless its own event says more (`FIELDS_OF`). Instants are
UTC; minutes, pence and versions are whole numbers.
"""

from collections.abc import Mapping
from typing import Any

STREAMS: Mapping[str, str] = {
    "AppointmentBooked": "appointment-<appointment_id>",
    "AppointmentImported": "appointment-<appointment_id>",
    "AppointmentRescheduled": "appointment-<appointment_id>",
    "AppointmentCancelled": "appointment-<appointment_id>",
    "AppointmentStatusChanged": "appointment-<appointment_id>",
    "AppointmentRulesChanged": "appointment-<appointment_id>",
    "PaymentRecorded": "appointment-<appointment_id>",
    "RefundRecorded": "appointment-<appointment_id>",
    "ClientMessageLeft": "message-<message_id>",
    "ClientMessageRead": "message-<message_id>",
    "ClientMessageDealtWith": "message-<message_id>",
    "ClientMessageReopened": "message-<message_id>",
    "PortalSettingsChanged": "settings-<practice id>",
    "ChangeRefused": "refusal-<command id>",
    "PracticeCreated": "practice-<practice_id>",
    "UserRegistered": "user-<user_id>",
    "ClientRegistered": "client-<client_id>",
    "ClientDetailsChanged": "client-<client_id>",
    "ClientUnlocked": "client-<client_id>",
    "ClientMessagesUnsealed": "client-<client_id>",
    "SignInLinkRequested": "sign_in-<request_id>",
    "ConfirmationRefused": "confirmation-<refusal_id>",
    "ClientErased": "client-<client_id>",
    "LegalHoldPlaced": "client-<client_id>",
    "LegalHoldLifted": "client-<client_id>",
    "ClientRecordExported": "client-<client_id>",
    "OnlineBookingSwitched": "clinician-<clinician_id>",
    "AvailabilityRulesChanged": "rules-<practice id>",
}
"""The stream of each type."""

FIELDS: Mapping[str, str] = {
    "about": "With what the client left it: a change or a cancellation.",
    "amount_pence": "How much, in hundredths of the currency; at least 1.",
    "appointment_id": "The appointment; the same for ever.",
    "appointment_type_id": "The appointment's type; never changes (F22).",
    "attending": "Whether the client attends in this status: only then does the appointment take time (F26).",
    "available": "Whether clients can book and move appointments with the clinician online from now on.",
    "booked_status": "The code of the status that a new appointment has.",
    "buffer_after_minutes": "How long the clinician stays taken after the end, in minutes.",
    "cancellation_status": "The code of the status that a client's cancellation gives.",
    "cancellation_window": "Until when clients may cancel (F27).",
    "channel": "How the link is sent.",
    "changed": "The names of what is different now, never the values.",
    "ciphertext": "The sealed text, base64 without padding.",
    "client_id": "The client; a name only identity knows.",
    "client_wording": "What clients read instead of the name.",
    "clinician_available_online": "The clinician's switch at that moment; null where it was not asked for.",
    "clinician_id": "The clinician (a user of the practice).",
    "currency": "ISO 4217, three capital letters.",
    "duration_minutes": "From start to end, in minutes.",
    "edit_window": "Until when clients may change the time (F27).",
    "ends_at": "The first instant after the appointment, UTC.",
    "ephemeral_public_key": "The sender's X25519 public key of this one text, base64 without padding.",
    "external_ref": "The name in the system that it was taken over from; empty where there is none.",
    "key_id": "The client's key pair; when it is destroyed, what is sealed to it is gone (F52).",
    "kind": "Allowed always, until some minutes before the start, or never.",
    "link": "Which kind of link: of one appointment, or to sign in.",
    "link_id": "The link that was held.",
    "local_start": "The wall time of the start in `zone`, `YYYY-MM-DDTHH:MM`, as it was when this was recorded (F41).",
    "location_id": "The place; never changes (F22).",
    "may_cancel": "Whether clients may cancel.",
    "may_change": "Whether clients may change the time.",
    "may_leave_message": "Whether clients may leave a message with a change or a cancellation.",
    "may_view_previous": "Whether clients see appointments that have started.",
    "may_view_upcoming": "Whether clients see appointments to come.",
    "message_event_ids": "The `ClientMessageLeft` events of the messages that were opened.",
    "message_id": "The client's message.",
    "method": "How it was paid.",
    "minutes": "How many minutes before the start it ends; only of the kind `minutes`, otherwise 0.",
    "name": "The status's internal name.",
    "new": "The time from now on.",
    "nonce": "AES-GCM's nonce, base64 without padding.",
    "occupies": "Whether it takes the clinician's time.",
    "old": "The time until now, free again.",
    "old_status": "The code of the status until now.",
    "online_booking_edition": "Which online booking the practice has; the portal belongs to `v2` (F2).",
    "online_booking_off_text": "What clients read while online booking is off, in the practice's words.",
    "online_booking_on": "Whether online booking is on.",
    "online_payments_on": "Whether clients are shown what was paid.",
    "overlap_accepted": "Whether it was booked over another appointment, knowingly.",
    "paid": "What was paid and refunded by then; null where nobody paid (F34).",
    "paid_at": "When it was paid, UTC.",
    "payment_id": "The payment.",
    "policy": "What was allowed at the decision.",
    "policy_text": "The cancellation policy in the practice's words.",
    "policy_text_version": "Which version of the cancellation policy held; rises by one with every change of it.",
    "portal_off_text": "What clients read while the portal is off, in the practice's words.",
    "portal_on": "Whether the portal is switched on.",
    "practice_id": "The practice.",
    "reason": "Why, in the words of who did it.",
    "refund_id": "The refund.",
    "refunded_at": "When it was refunded, UTC.",
    "refunded_pence": "How much of it was already refunded, in hundredths of the currency.",
    "refusal_id": "This refusal.",
    "request_id": "The request; only identity knows of which contact.",
    "revision": "The appointment's revision after this: rises by one with whatever a client could see.",
    "role": "What the user may do.",
    "rules": "What is decided differently; null per rule is as on the level above (F18).",
    "rules_from": "Which level each effective rule came from; null in events from before types could differ.",
    "rules_version": "The version of the availability rules.",
    "sealed": "What the client wrote, readable by identity alone.",
    "settings": "All settings from now on.",
    "settings_version": "Which version of the portal settings held.",
    "slot": "The appointment's time.",
    "slug": "The practice's name in addresses.",
    "starts_at": "The first instant, UTC.",
    "status": "The code of the appointment's status from now on.",
    "statuses": "The statuses that an appointment can have, in the practice's order.",
    "type_rules": "The appointment types that decide differently from the practice.",
    "unrecorded_before": "How many refusals of the appointment the rate limit left out since the last recorded one.",
    "user_id": "The user.",
    "version": "The version of the settings; rises by one with every change.",
    "video": "Whether it takes place by video.",
    "wanted": "What was asked for.",
    "wanted_starts_at": "The start that was asked for, UTC; null for a cancellation.",
    "zone": "An IANA time zone, for example `Europe/London`.",
}
"""Everywhere, unless FIELDS_OF says more."""

_LEVEL = "The level that decided: the practice, the appointment's type, or the appointment."

FIELDS_OF: Mapping[str, Mapping[str, str]] = {
    "Paid": {"amount_pence": "How much was paid in all, in hundredths of the currency."},
    "AppointmentRescheduled": {"message_id": "The message that the client left with it; null without one."},
    "AppointmentCancelled": {
        "message_id": "The message that the client left with it; null without one.",
        "policy_text": "The wording that was shown before the client confirmed; empty for staff and imports (F25).",
    },
    "AppointmentStatus": {"code": "The status's name for ever."},
    "ChangeRefused": {
        "code": "The broken rule, one of the refusal codes of docs/http.md.",
        "revision": "The appointment's revision, which the refusal left as it was.",
        "slot": "The appointment's time, which stayed.",
    },
    "ConfirmationRefused": {
        "appointment_id": "The link's appointment; null for a sign-in link.",
        "client_id": "The link's client; null for a sign-in link, which belongs to a contact.",
        "code": "Why it was refused.",
    },
    "RulesFrom": {
        "may_change": _LEVEL,
        "may_cancel": _LEVEL,
        "may_leave_message": _LEVEL,
        "edit_window": _LEVEL,
        "cancellation_window": _LEVEL,
    },
    "PolicySnapshot": {
        "rules_version": "The version of the availability rules that the time was checked by; null where none was."
    },
}
"""By the name of the event or value."""


def meaning(cls: type[Any], field: str) -> str:
    """What the field means; KeyError where nobody has said it."""
    return FIELDS_OF.get(cls.__name__, {}).get(field) or FIELDS[field]
