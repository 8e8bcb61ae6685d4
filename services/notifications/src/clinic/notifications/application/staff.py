"""What staff ask for: a confirmation of any appointment, a message once more (F47)."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from clinic.kernel.errors import Refused
from clinic.notifications.application.desk import Desk, QueuedMessage
from clinic.notifications.application.ports import Directory, Intention
from clinic.notifications.application.wording import worded
from clinic.notifications.domain.communications import Communications
from clinic.notifications.domain.messages import CHANNELS, not_after


def send_confirmation(
    desk: Desk,
    directory: Directory,
    decided: Communications,
    practice_id: UUID,
    user_id: UUID,
    appointment_id: UUID,
    command_id: UUID,
) -> QueuedMessage:
    """Queues the confirmation of an appointment's present state, also of an imported one; answers with the e-mail's.

    In the words that the practice decided on; whether confirmations are sent by themselves makes no difference.

    Refused: not_found, already_cancelled, in_the_past; command_reused for the same id about something else. The same
    command again answers the same and queues nothing.
    """
    if repeated := desk.of_cause(practice_id, command_id):
        return _same(repeated, lambda message: message.appointment_id == appointment_id and message.resend_of is None)
    present = directory.told(practice_id, appointment_id)
    if present is None:
        raise Refused("not_found")
    told, type_id = present
    if told.kind == "cancelled":
        raise Refused("already_cancelled")
    now = desk.now()
    if told.starts_at <= now:
        raise Refused("in_the_past")
    latest = not_after(told.kind, now, told.starts_at)
    return desk.put(
        practice_id,
        [
            worded(Intention(command_id, channel, told, latest, requested_by=user_id), told, decided, type_id)
            for channel in CHANNELS
        ],
    )[0]


def resend(desk: Desk, practice_id: UUID, user_id: UUID, message_id: UUID, command_id: UUID) -> QueuedMessage:
    """Queues a message once more; its link will be a new one, and it is still suppressed when it is superseded (F46).

    Refused: not_found, command_reused, in_the_past. The same command again answers the same and queues nothing.
    """
    if repeated := desk.of_cause(practice_id, command_id):
        return _same(repeated, lambda message: message.resend_of == message_id)
    original = desk.original(practice_id, message_id)
    if original is None:
        raise Refused("not_found")
    now = desk.now()
    latest = not_after(original.told.kind, now, original.told.starts_at)
    if latest <= now + timedelta(seconds=1):
        raise Refused("in_the_past")
    return desk.put(
        practice_id,
        [
            Intention(
                cause_id=command_id,
                channel=original.channel,
                told=original.told,
                not_after=latest,
                requested_by=user_id,
                resend_of=message_id,
                recipient=original.recipient,
                subject=original.subject,
                wording=original.wording,
            )
        ],
    )[0]


def _same(repeated: list[QueuedMessage], is_it: Callable[[QueuedMessage], bool]) -> QueuedMessage:
    if not is_it(repeated[0]):
        raise Refused("command_reused")
    return repeated[0]
