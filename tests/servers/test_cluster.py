"""The cluster profile as a whole: PostgreSQL, Elasticsearch and Redis under a web and a worker."""

import http.client
import http.cookies
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.database import REPOSITORY
from tests.e2e import bank
from tests.e2e.site import environment, link_models, run
from tests.servers.elasticsearch import Elasticsearch
from tests.servers.postgres import Postgres
from tests.servers.processes import Process, free_port, url_answers, wait_until
from tests.servers.redis import Redis

SECONDS = 120.0
ASKED = "我在多伦多的账户多久能收到汇款？中间行的费用谁出？"


@dataclass
class Person:
    """Somebody signed in to the site."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, str]:
        """Send a request with this person's cookies, and keep those of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
            "Content-Type": kind,
        }
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer.status, answer.read().decode()

    def api(self, method: str, path: str, **body: object) -> Any:
        """Call the API, and return what it says; it must not refuse."""
        content = json.dumps(body).encode() if body else b""
        status, text = self.call(method, f"/api{path}", content, "application/json")
        assert status in (200, 201), text
        return json.loads(text)


@dataclass(frozen=True)
class Cluster:
    """The running site, and the variables with which a command runs beside it."""

    port: int
    folder: Path
    variables: dict[str, str]

    def person(self, email: str) -> Person:
        """Sign somebody in through the demo's door."""
        person = Person(self.port)
        person.call("GET", "/accounts/login/")
        form = urlencode({"email": email}).encode()
        status, _ = person.call("POST", "/demo/sign-in/", form, "application/x-www-form-urlencoded")
        assert status == 302
        return person


@pytest.fixture
def cluster(
    tmp_path: Path,
    postgres_server: Postgres,
    elasticsearch_server: Elasticsearch,
    redis_server: Redis,
) -> Iterator[Cluster]:
    """The small bank on the cluster's servers, with a web process and a worker."""
    variables = {
        "KIP_DATABASE_URL": postgres_server.create_database("cluster"),
        "KIP_SEARCH_ENGINE": "elasticsearch",
        "KIP_ELASTICSEARCH_URL": elasticsearch_server.urls,
        "KIP_ELASTICSEARCH_PREFIX": "cluster",
        "KIP_REDIS_URL": redis_server.url,
        "KIP_RELAY": "worker",
    }
    link_models(tmp_path)
    run(tmp_path, "manage.py", "migrate", "--verbosity", "0", **variables)
    run(tmp_path, "-m", "tests.e2e.bank", **variables | {"KIP_RELAY": "manual"})
    port = free_port()
    web = _process(
        tmp_path, variables, "-m", "uvicorn", "kiplatform.asgi:application", "--port", str(port)
    )
    worker = _process(tmp_path, variables, "manage.py", "worker")
    web.launch()
    worker.launch()
    try:
        wait_until(
            lambda: url_answers(f"http://127.0.0.1:{port}/accounts/login/"),
            what="the site answers",
            seconds=SECONDS,
        )
        yield Cluster(port, tmp_path, variables)
    finally:
        web.stop()
        worker.stop()


def _process(folder: Path, variables: dict[str, str], *command: str) -> Process:
    return Process(
        [sys.executable, *command],
        log=folder / f"{command[1]}.log",
        ready=lambda: True,
        env=environment(folder, **variables),
        cwd=REPOSITORY,
    )


def test_a_question_is_suggested_to_asked_and_answered_on_the_cluster(cluster: Cluster) -> None:
    customer, manager = (cluster.person(e) for e in (bank.CHINESE_CUSTOMER, bank.MANAGER))
    suggested = customer.api("GET", f"/suggest?q={quote(ASKED)}")
    assert suggested["mode"] == "hybrid"
    cited = suggested["hits"][0]
    assert cited["kind"] == "knowledge"
    asked = customer.api(
        "POST", "/questions", text=ASKED, kind="product_service", client_id="cluster-1"
    )
    waiting = manager.api("GET", "/questions?state=open")["items"]
    assert waiting[0]["id"] == asked["id"]
    manager.api(
        "POST",
        f"/questions/{asked['id']}/answers",
        text="一般一到三个工作日；中间行的费用由汇款人承担。",
        client_id="cluster-2",
        citations=[{"kind": cited["kind"], "key": cited["key"]}],
    )
    assert customer.api("GET", f"/questions/{asked['id']}")["state"] == "answered"
    assert customer.api("POST", f"/questions/{asked['id']}/confirm")["state"] == "confirmed"

    def found() -> bool:
        hits = manager.api("GET", f"/search?q={quote(ASKED)}&kind=answer")["hits"]
        return asked["text"][:8] in " ".join(hit["title"] for hit in hits)

    # The worker relays the events and brings the copy in Elasticsearch up to date.
    wait_until(found, what="the answer is found by the next who asks", seconds=SECONDS)
    assert "0 differences" in run(
        cluster.folder, "manage.py", "search_verify", "--check", **cluster.variables
    )
