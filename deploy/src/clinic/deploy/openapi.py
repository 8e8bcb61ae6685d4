"""`python -m clinic.deploy.openapi DIRECTORY`: writes every service's OpenAPI 3.1 document; `make openapi` does it."""

import base64
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from clinic.infra.settings import SERVICES

NOWHERE = "http://127.0.0.1:9"


def documents() -> dict[str, str]:
    """Each service's document as indented JSON, from its routes and schemas; no server is asked, nothing is opened."""
    before = dict(os.environ)
    os.environ.update(_placeholders())
    try:
        return {service: _document(service) for service in SERVICES}
    finally:
        os.environ.clear()
        os.environ.update(before)


def _document(service: str) -> str:
    app = import_module(f"clinic.{service}.entrypoints.api").create_app()
    answer = app.test_client().get("/openapi.json")
    return json.dumps(answer.get_json(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _placeholders() -> dict[str, str]:
    """Settings with which every API can be built, and none can do anything."""
    addresses = [*(f"{service.upper()}_URL" for service in SERVICES), "CLIENT_PORTAL_URL", "STAFF_URL"]
    return {
        **dict.fromkeys(addresses, NOWHERE),
        "DATABASE_URL": "postgresql://127.0.0.1:9/",
        "KEYS_DATABASE_URL": "postgresql://127.0.0.1:9/",
        "SERVICE_KEYS": json.dumps(dict.fromkeys(SERVICES, "none")),
        "CLINIC_TEST": "1",
        "TOKEN_SIGNING_KEY": f"none:{base64.b64encode(bytes(32)).decode()}",
    }


if __name__ == "__main__":
    for name, text in documents().items():
        Path(sys.argv[1], f"{name}.json").write_text(text, encoding="utf-8")
