"""The real thing: uvicorn processes, real websockets, a database file, and Redis between them."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from kiplatform.realtime.bench.run import Plan, run
from tests.servers.redis import Redis

pytestmark = pytest.mark.servers
SECONDS = 120.0
MODULE = "kiplatform.realtime.bench.site"


class Site:
    """A web process on a scratch database, with four people in two threads."""

    def __init__(self, folder: Path, redis_url: str = "", prepared: dict[str, Any] | None = None):
        self.folder = folder
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "kiplatform.settings.development",
            "KIP_VAR_DIR": str(folder),
            "KIP_DATABASE_URL": "",
            "KIP_REDIS_URL": redis_url,
            "KIP_RELAY": "inline",
            "KIP_LOG_LEVEL": "WARNING",
        }
        size = "0" if prepared else "4"
        (folder / "ready.json").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-m", MODULE, "--people", size, "--threads-of", "2"],
            env=environment,
        )
        until = time.monotonic() + 3 * SECONDS
        ready = folder / "ready.json"
        while not (ready.exists() and ready.read_text().endswith("}")):
            assert self.process.poll() is None, "the site did not start"
            assert time.monotonic() < until, "the site did not start in time"
            time.sleep(0.05)
        self.ready: dict[str, Any] = json.loads(ready.read_text())
        self.port: int = self.ready["port"]
        if prepared:
            self.ready["threads"] = prepared["threads"]

    @property
    def threads(self) -> dict[str, list[str]]:
        """Session keys by thread."""
        found: dict[str, list[str]] = self.ready["threads"]
        return found

    def open(self, session: str, origin: str = "") -> ClientConnection:
        """Open a websocket as the person of `session`."""
        return connect(
            f"ws://127.0.0.1:{self.port}/ws/",
            origin=origin or f"http://127.0.0.1:{self.port}",  # type: ignore[arg-type]
            additional_headers={"Cookie": f"{self.ready['cookie']}={session}"},
            compression=None,
        )

    def post(self, session: str, thread: str, item: str) -> int:
        """Write an item over HTTP, and return its version."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        connection.request(
            "POST",
            "/bench/post",
            json.dumps({"thread": thread, "item": item, "text": f"text of {item}"}),
            {"Cookie": f"{self.ready['cookie']}={session}"},
        )
        response = connection.getresponse()
        body = response.read()
        connection.close()
        assert response.status == 200, body
        version: int = json.loads(body)["version"]
        return version

    def kill(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(SECONDS)


@contextlib.contextmanager
def running(folder: Path, **options: Any) -> Iterator[Site]:
    site = Site(folder, **options)
    try:
        yield site
    finally:
        if site.process.poll() is None:
            site.kill(signal.SIGKILL)


def subscribe(socket: ClientConnection, thread: str, after: int = 0) -> None:
    socket.send(json.dumps({"op": "subscribe", "channel": f"board:{thread}", "after": after}))


def until(socket: ClientConnection, op: str) -> dict[str, Any]:
    """Return the next message with `op`."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=SECONDS))
        if message["op"] == op:
            return message


def closed_with(socket: ClientConnection) -> int | None:
    """Wait until the server closes, and return the code."""
    try:
        while True:
            socket.recv(timeout=SECONDS)
    except ConnectionClosed:
        return socket.close_code


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as site:
        yield site


def test_what_is_posted_over_http_arrives_over_the_websocket(site: Site) -> None:
    thread, (anna, bo) = next(iter(site.threads.items()))
    with site.open(anna) as first, site.open(bo) as second:
        for socket in (first, second):
            subscribe(socket, thread)
            until(socket, "subscribed")
        version = site.post(anna, thread, "hello")
        for socket in (first, second):
            frame = until(socket, "frame")
            assert frame == {
                "op": "frame",
                "channel": f"board:{thread}",
                "version": version,
                "event": "item",
                "data": {"item": "hello", "text": "text of hello"},
            }


def test_a_page_of_another_site_is_turned_away(site: Site) -> None:
    session = next(iter(site.threads.values()))[0]
    with pytest.raises(InvalidStatus) as refusal:
        site.open(session, origin="https://elsewhere.example")
    assert refusal.value.response.status_code == 403


def test_a_stranger_is_told_to_sign_in(site: Site) -> None:
    with site.open("unknown") as socket:
        assert closed_with(socket) == 4401


def test_another_thread_looks_as_if_it_did_not_exist(site: Site) -> None:
    (mine, (anna, _)), (theirs, _) = list(site.threads.items())[:2]
    with site.open(anna) as socket:
        subscribe(socket, theirs)
        assert until(socket, "refused")["channel"] == f"board:{theirs}"
        subscribe(socket, "none")
        assert until(socket, "refused")["channel"] == "board:none"
        subscribe(socket, mine)
        until(socket, "subscribed")


@pytest.mark.parametrize("scene", ["board", "case"])
def test_many_sockets_lose_nothing_and_keep_the_order(scene: str) -> None:
    plan = Plan(sockets=60, rate=40, seconds=2, threads_of=12, clients=2, scene=scene)
    report = run(plan, say=lambda line: None)
    assert report["sockets"] == 60
    assert report["acknowledged"] == 80
    assert report["receipts"] == 80 * 12
    assert (report["missing"], report["disorder"], report["refused"], report["closed"]) == (0,) * 4


@pytest.mark.faults
def test_the_load_test_shares_its_sockets_among_web_processes(
    redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIP_REDIS_URL", redis_server.url)
    report = run(Plan(sockets=40, rate=20, seconds=2, threads_of=10, webs=2), say=lambda line: None)
    assert report["web_processes"] == 2
    assert report["receipts"] == 40 * 10
    assert not any(report[fault] for fault in ("missing", "disorder", "refused", "closed"))


def test_several_web_processes_without_redis_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KIP_REDIS_URL", raising=False)
    with pytest.raises(CommandError, match="KIP_REDIS_URL"):
        call_command("ws_bench", webs=2)


def test_two_processes_share_a_channel_with_and_without_redis(
    redis_server: Redis, tmp_path: Path
) -> None:
    with running(tmp_path, redis_url=redis_server.url) as here:
        thread, (anna, bo) = next(iter(here.threads.items()))
        with (
            running(tmp_path, redis_url=redis_server.url, prepared=here.ready) as there,
            here.open(anna) as first,
            there.open(bo) as second,
        ):
            subscribe(first, thread)
            subscribe(second, thread)
            names: list[str] = []
            while len(names) < 2:
                names = [person["name"] for person in until(first, "presence")["people"]]
            second.send(json.dumps({"op": "typing", "channel": f"board:{thread}"}))
            assert until(first, "typing")["person"]["name"] in names
            there.post(bo, thread, "one")
            assert until(first, "frame")["data"]["item"] == "one"
            redis_server.process.stop()
            # The broker is gone: the other process finds it in the database by itself.
            there.post(bo, thread, "two")
            assert until(first, "frame")["data"]["item"] == "two"
            redis_server.process.start()
            there.kill(signal.SIGKILL)
            here.post(anna, thread, "three")
            assert until(first, "frame")["data"]["item"] == "three"
            # Told to stop, it sends its browsers to another process.
            here.kill()
            assert closed_with(first) == 1012
