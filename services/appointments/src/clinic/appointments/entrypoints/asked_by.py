"""Who asks, from the proven caller of a request."""

import re

from flask import request

from clinic.appointments.application.asking import By
from clinic.infra.api import identify, practice_of
from clinic.kernel.recorded import Actor

_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z")


def asked_by() -> By:
    """The client or staff member of the request's token."""
    caller = identify()
    actor = Actor("client", caller.client_id) if caller.kind == "client" else Actor("staff", caller.user_id)
    traceparent = request.headers.get("traceparent", "")
    return By(
        practice_of(caller),
        actor,
        only_appointment=caller.appointment_id,
        traceparent=traceparent if _TRACEPARENT.match(traceparent) else None,
    )
