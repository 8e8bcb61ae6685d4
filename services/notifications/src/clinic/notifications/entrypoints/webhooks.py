"""Providers' signed receipts, a process of its own that alone faces the internet (ADR 22).

`gunicorn 'clinic.notifications.entrypoints.webhooks:create_app()'`
"""

import time
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import TooManyRequests
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic.infra.clock import utc_now
from clinic.kernel.errors import Unavailable
from clinic.notifications.adapters import sendgrid_events, twilio_events
from clinic.notifications.application.receipts import Forged, record_receipts
from clinic.notifications.bootstrap import TWILIO_PATH, Webhooks, wire_webhooks
from clinic.notifications.domain.receipts import Receipt
from clinic.notifications.entrypoints.forged_requests import WINDOW_SECONDS, ForgedRequests

SENDGRID_PATH = "/webhooks/sendgrid"
MOST_BYTES_SENDGRID = 1024 * 1024
MOST_BYTES_TWILIO = 16 * 1024


def create_app() -> Flask:
    """The application, wired from the environment."""
    return create_app_with(wire_webhooks())


def create_app_with(webhooks: Webhooks, *, now: Callable[[], datetime] = utc_now) -> Flask:
    """The application on given parts. 204 for what is signed, whatever it says; 403 for what is not; 404 elsewhere.

    413 for too large a body, 429 for an address that keeps forging, 503 while the database is away: then nothing of
    the rest was recorded, and the provider sends it again.
    """
    app = Flask("notifications-webhooks", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES_SENDGRID, PROPAGATE_EXCEPTIONS=False)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=webhooks.trusted_proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]
    forged = ForgedRequests()

    def answer(read: Callable[[], list[Receipt]]) -> Response:
        address = request.remote_addr or ""
        if forged.too_many(address, time.monotonic()):
            raise TooManyRequests(retry_after=WINDOW_SECONDS)
        try:
            receipts = read()
        except Forged as reason:
            forged.count(address, time.monotonic())
            app.logger.warning("%s: %s", request.path, reason)
            return Response(status=403)
        record_receipts(webhooks.receipts, receipts)
        return Response(status=204)

    if webhooks.sendgrid is not None:
        sendgrid = webhooks.sendgrid

        def sendgrid_says() -> Response:
            signature = request.headers.get(sendgrid_events.SIGNATURE, "")
            stamp = request.headers.get(sendgrid_events.TIMESTAMP, "")
            return answer(lambda: sendgrid.receipts(request.get_data(), signature, stamp, now()))

        app.add_url_rule(SENDGRID_PATH, "sendgrid", sendgrid_says, methods=["POST"])

    if webhooks.twilio is not None:
        twilio = webhooks.twilio

        def twilio_says() -> Response:
            request.max_content_length = MOST_BYTES_TWILIO
            signature = request.headers.get(twilio_events.SIGNATURE, "")
            return answer(lambda: twilio.receipts(request.query_string.decode("latin-1"), request.form, signature))

        app.add_url_rule(TWILIO_PATH, "twilio", twilio_says, methods=["POST"])

    def ready() -> Response:
        with webhooks.database.connection() as connection:
            connection.execute("SELECT state FROM messages LIMIT 1")
        return jsonify(status="ready")

    def away(error: Unavailable) -> Response:
        app.logger.warning("receipts cannot be recorded for now: %s", error)
        return Response(status=503)

    app.add_url_rule("/healthz", "healthz", lambda: jsonify(status="ok"))
    app.add_url_rule("/readyz", "readyz", ready)
    app.register_error_handler(Unavailable, away)
    return app
