"""The API describes itself (F56)."""

from clinic.availability.entrypoints.api import create_app


def test_every_call_is_described() -> None:
    described = create_app().test_client().get("/openapi.json").get_json()
    assert described["openapi"] == "3.1.0"
    assert set(described["paths"]) >= {
        "/v1/offered-times",
        "/v1/checks",
        "/v1/catalogue",
        "/v1/clinicians/{clinician_id}/online",
        "/v1/heads",
        "/v1/events",
    }
    (query,) = (call["get"]["parameters"] for path, call in described["paths"].items() if path == "/v1/offered-times")
    assert {"clinician", "location", "appointment_type", "from", "weeks", "exclude"} <= {one["name"] for one in query}


def test_without_credentials_nothing_is_answered() -> None:
    http = create_app().test_client()
    for path in ("/v1/offered-times", "/v1/catalogue", "/v1/heads", "/v1/events"):
        answer = http.get(path)
        assert (answer.status_code, answer.get_json()["code"]) == (401, "session_ended")
