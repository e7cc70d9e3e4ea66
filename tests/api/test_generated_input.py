"""Generated input from the OpenAPI document: whatever comes, the API has an answer to it.

No answer is a 5xx, and what succeeds has the shape that the document promises.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from kiplatform.api import api
from tests.api.conftest import World

EXAMPLES = 12
APPLICATION = get_wsgi_application()
OPERATIONS = [
    (method, path)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method in methods
]


def wsgi_application(environ: dict[str, Any], start_response: Any) -> Any:
    """The site's own application, under a name that Schemathesis can look up."""
    return APPLICATION(environ, start_response)


@pytest.fixture(scope="module", autouse=True)
def one_connection() -> Iterator[None]:
    """Requests share the connection, and the transaction, of the test, as Django's client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def document() -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", wsgi_application)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("person", ["asker", "manager"])
@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda value: str(value))
def test_whatever_comes_has_an_answer(
    world: World, document: Any, method: str, path: str, person: str, mode: GenerationMode
) -> None:
    session = world.client(person).session.session_key
    token = "a" * 32
    known = {"public_id": world.thread if "threads" in path else world.question.public_id}
    operation = document[path][method]
    statuses = set()

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(
        case=operation.as_strategy(
            generation_mode=mode, path_parameters=known if "{" in path else None
        )
    )
    def ask(case: Any) -> None:
        response = case.call(
            cookies={"sessionid": session, "csrftoken": token}, headers={"X-CSRFToken": token}
        )
        statuses.add(response.status_code)
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])

    ask()
    assert 401 not in statuses, "the examples did not get in"


@pytest.mark.parametrize("public_id", ["0", "NONE", "%00", "..%2F..", "é", "x" * 300, "' OR 1=1"])
def test_an_id_that_is_none_is_not_found(world: World, public_id: str) -> None:
    client = world.client("manager")
    for address in (f"/api/questions/{public_id}", f"/api/threads/{public_id}/messages"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"text": "\xff\xfe"}', "application/json"),
        (b'{"text": "\\ud800", "kind": "product_service", "client_id": "1"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b'{"text": "' + b"x" * 6_000_000 + b'"}', "application/json"),
        (b"text=hello", "application/x-www-form-urlencoded"),
        (b"<question/>", "application/xml"),
    ],
    ids=["empty", "cut", "list", "null", "bytes", "surrogate", "deep", "huge", "form", "xml"],
)
def test_a_broken_body_is_refused(world: World, body: bytes, content_type: str) -> None:
    client = world.client("asker")
    client.raise_request_exception = False
    for path in ("/api/questions", f"/api/threads/{world.thread}/messages"):
        response = client.generic("POST", path, body, content_type=content_type)
        assert 400 <= response.status_code < 500, response.content[:200]
