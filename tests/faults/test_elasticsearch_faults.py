"""Elasticsearch is stopped, or loses a node, while people ask and search.

Guarantee: what was written is found afterwards without anybody's help, and what could not be
searched was said to be so.
"""

import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from elasticsearch import ApiError, Elasticsearch, TransportError
from pytest_django.fixtures import Settings

from customer_knowledge import services as exchange
from kiplatform.accounts.models import User
from search import runtime, services, sources, verification
from search.engines.elasticsearch.gateway import AWAY
from search.models import Passage
from search.searching import ENGINE_AWAY
from tests.databases import file_database
from tests.factories.people import ContactFactory, CustomerFactory, ManagerFactory
from tests.requirements import require
from tests.search.support import MemorySource, WordEmbedder, document
from tests.servers import elasticsearch
from tests.servers.processes import Process, wait_until

pytestmark = pytest.mark.faults
__all__ = ["file_database"]
REPOSITORY = Path(__file__).resolve().parents[2]
NOBODY = AnonymousUser()


@pytest.fixture
def prefix(settings: Settings) -> Iterator[str]:
    settings.SEARCH_ENGINE = "elasticsearch"
    settings.SEARCH_ELASTICSEARCH_PREFIX = f"faults-{secrets.token_hex(4)}"
    runtime.forget()
    yield settings.SEARCH_ELASTICSEARCH_PREFIX
    runtime.forget()


@contextmanager
def relay(database: Path, server: elasticsearch.Elasticsearch, prefix: str) -> Iterator[Process]:
    """The relay as a process of its own, over the test's database."""
    process = Process(
        [sys.executable, "manage.py", "relay"],
        log=database.parent / "relay.log",
        ready=lambda: True,
        cwd=REPOSITORY,
        env={
            "DJANGO_SETTINGS_MODULE": "kiplatform.settings.development",
            "KIP_VAR_DIR": str(database.parent),
            "KIP_SEARCH_ENGINE": "elasticsearch",
            "KIP_ELASTICSEARCH_URL": server.urls,
            "KIP_ELASTICSEARCH_PREFIX": prefix,
            "KIP_SEARCH_EMBEDDER": "disabled",
            "KIP_SEARCH_READER": "disabled",
        },
    )
    process.start()
    try:
        yield process
    finally:
        process.stop()


def indexed(server: elasticsearch.Elasticsearch, prefix: str) -> int:
    """How many passages a search would look through; -1 while there is no telling."""
    try:
        with Elasticsearch(server.urls.split(","), request_timeout=5) as client:
            client.indices.refresh(index=f"{prefix}.read")
            query = {"exists": {"field": "passage"}}
            return int(client.count(index=f"{prefix}.read", query=query)["count"])
    except (ApiError, TransportError):
        return -1


def differences() -> int:
    return verification.compare(sources.registry, runtime.engine()).count


@pytest.mark.servers
@pytest.mark.xdist_group("elasticsearch")
def test_elasticsearch_is_stopped_and_started_again_while_people_ask(
    file_database: Path, prefix: str, settings: Settings
) -> None:
    require("Java with Maven", elasticsearch.is_possible(), elasticsearch.HOW)
    manager: User = ManagerFactory()
    contact: User = ContactFactory(customer=CustomerFactory(manager=manager)).user
    asked = 0

    def ask(count: int) -> None:
        nonlocal asked
        for number in range(asked, asked + count):
            text = f"第{number}号存款到期怎么续存？"
            exchange.question_ask(
                actor=contact, text=text, kind="product_service", client_id=f"q{number}"
            )
        asked += count

    def all_are_found() -> bool:
        return indexed(server, prefix) == Passage.objects.count() == asked

    with (
        elasticsearch.run_elasticsearch() as server,
        relay(file_database, server, prefix) as worker,
    ):
        settings.SEARCH_ELASTICSEARCH_URL = server.urls
        ask(15)
        wait_until(all_are_found, what="the first questions in the index", seconds=60)
        assert services.search("续存", manager).total == 15
        ask(5)
        server.nodes[0].process.kill()
        ask(15)
        assert services.search("到期", manager).reason == AWAY
        assert services.search("到期", contact).reason == ENGINE_AWAY
        assert {hit.kind for hit in services.search("续存", manager).hits} == {"question"}
        server.nodes[0].process.start()
        ask(5)
        wait_until(all_are_found, what="every question in the index", seconds=90)
        assert worker.running
        wait_until(
            lambda: services.search("到期", manager).total == 40, what="an answer", seconds=30
        )
        assert services.search("到期", manager).reason != AWAY
        assert differences() == 0


class Crowd:
    """People who search all the time, and what they noticed."""

    def __init__(self, look: Callable[[], str], count: int = 3) -> None:
        self._look = look
        self._stopping = threading.Event()
        self.searches = 0
        self.noticed: list[str] = []
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(count)]

    def _run(self) -> None:
        while not self._stopping.is_set():
            fault = self._look()
            self.searches += 1
            if fault:
                self.noticed.append(fault)
        connection.close()

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(30)


def test_nobody_notices_that_one_of_three_nodes_is_killed(
    elasticsearch_cluster: elasticsearch.Elasticsearch,
    file_database: Path,
    prefix: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = elasticsearch_cluster
    settings.SEARCH_ELASTICSEARCH_URL = cluster.urls
    source, embedder = MemorySource(), WordEmbedder()
    registry = sources.Registry()
    registry.register(source)
    for module in (sources, services):
        monkeypatch.setattr(module, "registry", registry)
    for module in (runtime, services):
        monkeypatch.setattr(module, "get_embedder", lambda: embedder)

    def put(*numbers: int) -> None:
        keys = [f"n{number}" for number in numbers]
        source.put(*(document(key, key, "存款到期续存的说明。") for key in keys))
        services.sync_now("note", keys)
        runtime.engine().follow()

    put(*range(20))
    client = Elasticsearch(cluster.urls.split(","))
    client.cluster.health(index=f"{prefix}.*", wait_for_status="green", timeout="60s")

    def look() -> str:
        results = services.search("续存", NOBODY, limit=20)
        return "" if len(results.hits) == 20 else str(results.reason) or "hits are missing"

    # The node that holds the primary: both searches and writes have to move.
    shards = client.cat.shards(index=f"{prefix}.*", h="prirep,node", format="json")
    (holder,) = {row["node"] for row in shards if row["prirep"] == "p"}
    victim = next(node for node in cluster.nodes if node.name == holder)
    with Crowd(look) as crowd:
        for number in range(20, 40):
            put(number)
        before = crowd.searches
        victim.process.kill()
        for number in range(40, 60):
            put(number)
        wait_until(lambda: crowd.searches > before + 30, what="searches after the kill")
    assert crowd.noticed == []
    assert indexed(cluster, prefix) == Passage.objects.count() == 60
    assert verification.compare(registry, runtime.engine()).count == 0
