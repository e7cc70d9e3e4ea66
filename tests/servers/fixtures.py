"""The real servers as pytest fixtures, started when the first test asks for them.

Guarantee: where a server cannot run, the test is skipped with the reason (KIP_REQUIRE=all: it
fails). Session fixtures are shared by all tests of a worker: a test that stops or kills a server
uses the context manager of its module instead.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.requirements import require
from tests.servers import chromium, elasticsearch, postgres, redis


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A PostgreSQL cluster: `.url()`, `.create_database(name)`."""
    require("PostgreSQL", postgres.find_binaries(), postgres.HOW)
    with postgres.run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[redis.Redis]:
    """A Redis: `.url`."""
    require("Redis", redis.find_binary(), redis.HOW)
    with redis.run_redis() as server:
        yield server


@pytest.fixture(scope="session")
def elasticsearch_server() -> Iterator[elasticsearch.Elasticsearch]:
    """One Elasticsearch node: `.url`, `.urls`."""
    require("Java with Maven", elasticsearch.is_possible(), elasticsearch.HOW)
    with elasticsearch.run_elasticsearch(nodes=1) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def elasticsearch_cluster() -> Iterator[elasticsearch.Elasticsearch]:
    """Three Elasticsearch nodes, for one module's tests: `.nodes[i].process.kill()`."""
    require("Java with Maven", elasticsearch.is_possible(), elasticsearch.HOW)
    with elasticsearch.run_elasticsearch(nodes=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the system's Chromium, for programs that start it themselves."""
    binary = chromium.find_binary()
    require("Chromium", binary, chromium.HOW)
    assert binary is not None
    return binary


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """A browser for one module's tests: its event loop must not outlive them, since other
    modules run loops of their own."""
    with chromium.run_chromium() as running:
        yield running
