"""Each real server starts, answers, comes back after kill -9, and is gone afterwards."""

import json
import sys
import urllib.request
from pathlib import Path

import psycopg
import pytest
import redis as redis_client
from playwright.sync_api import Browser

from tests.requirements import require
from tests.servers import elasticsearch, postgres, redis
from tests.servers.processes import (
    Process,
    ServerFailed,
    free_port,
    port_answers,
    run_server,
    url_answers,
    wait_until,
)


def test_postgres_gives_each_caller_an_empty_database(postgres_server: postgres.Postgres) -> None:
    with psycopg.connect(postgres_server.create_database("first")) as connection:
        connection.execute("create table note (text text)")
    with psycopg.connect(postgres_server.create_database("second")) as connection:
        tables = connection.execute("select count(*) from pg_tables where tablename = 'note'")
        assert tables.fetchone() == (0,)


@pytest.mark.servers
@pytest.mark.faults
@pytest.mark.xdist_group("postgres")
def test_postgres_keeps_what_was_committed_when_killed() -> None:
    require("PostgreSQL", postgres.find_binaries(), postgres.HOW)
    with postgres.run_postgres(durable=True) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create table note (text text)")
            connection.execute("insert into note values ('kept')")
        server.process.kill()
        assert not port_answers(server.port)
        server.process.start()
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("select text from note").fetchall() == [("kept",)]
    assert not port_answers(server.port)


def test_redis_answers(redis_server: redis.Redis) -> None:
    with redis_client.Redis.from_url(redis_server.url) as client:
        client.set("word", "hello")
        assert client.get("word") == b"hello"


@pytest.mark.servers
@pytest.mark.faults
@pytest.mark.xdist_group("redis")
def test_redis_comes_back_on_the_same_port() -> None:
    require("Redis", redis.find_binary(), redis.HOW)
    with redis.run_redis() as server:
        server.process.kill()
        assert not port_answers(server.port)
        server.process.start()
        with redis_client.Redis.from_url(server.url) as client:
            assert client.ping()
    assert not port_answers(server.port)


def _health(url: str) -> dict[str, object]:
    with urllib.request.urlopen(f"{url}/_cluster/health", timeout=30) as answer:
        health: dict[str, object] = json.load(answer)
    return health


def test_elasticsearch_answers(elasticsearch_server: elasticsearch.Elasticsearch) -> None:
    assert _health(elasticsearch_server.url)["number_of_nodes"] == 1


@pytest.mark.faults
def test_an_elasticsearch_node_is_killed_and_rejoins(
    elasticsearch_cluster: elasticsearch.Elasticsearch,
) -> None:
    first, *_others, last = elasticsearch_cluster.nodes
    assert _health(first.url)["number_of_nodes"] == 3
    last.process.kill()
    wait_until(
        lambda: _health(first.url)["number_of_nodes"] == 2, what="two nodes left", seconds=60
    )
    last.process.start()
    wait_until(lambda: _health(first.url)["number_of_nodes"] == 3, what="three again", seconds=60)


def test_the_browser_shows_a_page_in_chinese(browser: Browser) -> None:
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.set_content("<button onclick=\"this.textContent = '已答复'\">答复</button>")
        page.get_by_role("button", name="答复").click()
        assert page.get_by_role("button", name="已答复").is_visible()


def test_a_web_server_runs_until_the_body_ends_and_can_be_killed(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with run_server(command, ready_url=url, log=tmp_path / "log", cwd=tmp_path) as server:
        assert url_answers(url)
        server.kill()
        assert not url_answers(url)
        server.start()
        assert url_answers(url)
    assert "GET /" in server.output()
    assert not port_answers(port)


def test_a_server_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no licence found')"]
    process = Process(command, log=tmp_path / "log", ready=lambda: False)
    with pytest.raises(ServerFailed, match="no licence found"):
        process.start()
    assert not process.running
