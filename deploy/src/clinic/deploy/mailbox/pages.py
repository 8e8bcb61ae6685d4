"""The mailbox's pages and JSON."""

import re
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from clinic.deploy.mailbox.store import Attachment, Caught, MailboxStore, caught_text
from clinic.infra.clock import utc_now

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'"
)
MAIL_POLICY = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'"


def create_pages(store: MailboxStore) -> Flask:
    """The Flask application of the mailbox."""
    app = Flask(__name__, template_folder=str(Path(__file__).parent / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.add_template_filter(with_links)

    @app.get("/")
    def list_page() -> str:
        to, channel = request.args.get("to", ""), request.args.get("channel", "")
        return render_template("list.html", messages=store.newest_first(to=to, channel=channel), to=to, channel=channel)

    @app.get("/view/<message_id>")
    def view_page(message_id: str) -> str:
        return render_template("view.html", message=_found(store, message_id))

    @app.get("/view/<message_id>/html")
    def html_part(message_id: str) -> Response:
        response = Response(_found(store, message_id).html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @app.get("/view/<message_id>/attachments/<int:number>")
    def attachment(message_id: str, number: int) -> Response:
        attached = _attached(_found(store, message_id), number)
        response = Response(attached.text.encode(), content_type=_one_line(attached.content_type))
        response.headers.set("Content-Disposition", "attachment", filename=attached.name)
        return response

    @app.post("/empty")
    def empty_page() -> ResponseReturnValue:
        store.empty()
        return "", 303, {"Location": "/"}

    @app.get("/messages")
    def messages() -> Response:
        found = store.newest_first(to=request.args.get("to"), channel=request.args.get("channel"))
        return jsonify(messages=[one.as_json() for one in found])

    @app.delete("/messages")
    def delete_messages() -> ResponseReturnValue:
        store.empty()
        return "", 204

    @app.post("/sms")
    def sms() -> ResponseReturnValue:
        body: Any = request.get_json(silent=True)
        names = ("to", "from", "text")
        if not isinstance(body, dict) or not all(isinstance(body.get(name), str) and body[name] for name in names):
            return jsonify(error="to, from and text are needed"), 422
        caught = caught_text(body["to"], body["from"], body["text"], utc_now())
        store.keep(caught)
        return jsonify(id=caught.id), 202

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


def with_links(text: str) -> Markup:
    """The text escaped, its web addresses as links."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<a href="{0}">{0}</a>').format(found[0]))
        end = found.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)


def _found(store: MailboxStore, message_id: str) -> Caught:
    return store.find(message_id) or abort(404)


def _attached(message: Caught, number: int) -> Attachment:
    if number >= len(message.attachments):
        abort(404)
    return message.attachments[number]


def _one_line(value: str) -> str:
    return " ".join(value.split())
