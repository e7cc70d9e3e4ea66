"""The other side of the load test: many websockets in one process, and a share of the senders.

    python -m kiplatform.realtime.bench.browsers < plan.jsonl

Each socket subscribes to its thread and checks what arrives: versions rise by one, nothing twice,
nothing missing at the end. A message carries the time at which it was due to be sent, so waiting
for a slow server counts as latency. CLOCK_MONOTONIC is one clock for all processes of a machine.
"""

import asyncio
import http.client
import itertools
import json
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Any

import uvloop
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Origin
from websockets.uri import parse_uri

from kiplatform.realtime.server import allow_many_sockets

OPENING_AT_ONCE = 50
SENDERS = 8
SETTLE_SECONDS = 20.0
# The server closes connections that nothing came through for five seconds.
KEPT_SECONDS = 4.0


class Browser(asyncio.Protocol):
    """One websocket: speaks the protocol, notes what arrives and when."""

    def __init__(
        self, plan: dict[str, Any], port: int, thread: str, session: str, log: "Log"
    ) -> None:
        place = f"127.0.0.1:{port}"
        self._protocol = ClientProtocol(
            parse_uri(f"ws://{place}/ws/"), origin=Origin(f"http://{place}")
        )
        self._cookie = f"{plan['cookie']}={session}"
        self._prefix = plan["prefix"]
        self._thread = thread
        self._log = log
        self.version = 0
        self.subscribed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        request = self._protocol.connect()
        request.headers["Cookie"] = self._cookie
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                ask = {"op": "subscribe", "channel": f"{self._prefix}:{self._thread}", "after": 0}
                self._protocol.send_text(json.dumps(ask).encode())
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._hear(json.loads(bytes(event.data)))
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.subscribed.done():
            self.subscribed.set_exception(exc or ConnectionError("closed before it was subscribed"))
        self._log.closed += 1

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._transport.write(data)

    def _hear(self, message: dict[str, Any]) -> None:
        if message["op"] == "subscribed" and not self.subscribed.done():
            self.subscribed.set_result(None)
        elif message["op"] == "frame":
            if message["version"] != self.version + 1:
                self._log.disorder += 1
            self.version = message["version"]
            self._log.latencies.append(time.monotonic() - float(message["data"]["text"].split()[0]))


class Log:
    """What all sockets of this process saw."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.disorder = 0
        self.closed = 0


def _send(
    plan: dict[str, Any], port: int, jobs: "queue.Queue[dict[str, Any] | None]", done: list[int]
) -> None:
    """Post messages until told to stop; each note in `done` is an acknowledged one."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    used = time.monotonic()
    while (job := jobs.get()) is not None:
        if time.monotonic() > used + KEPT_SECONDS:
            connection.close()
        headers = {
            "Cookie": f"{plan['cookie']}={job.pop('session')}",
            "Content-Type": "application/json",
        }
        connection.request("POST", "/bench/post", json.dumps(job), headers)
        response = connection.getresponse()
        response.read()
        done.append(response.status)
        used = time.monotonic()
    connection.close()


async def _write(plan: dict[str, Any]) -> list[int]:
    """Send this process's messages, each at its time whatever became of the ones before."""
    jobs: queue.Queue[dict[str, Any] | None] = queue.Queue()
    done: list[int] = []
    ports = itertools.islice(itertools.cycle(plan["ports"]), SENDERS)
    threads = [threading.Thread(target=_send, args=(plan, port, jobs, done)) for port in ports]
    for thread in threads:
        thread.start()
    for message in plan["messages"]:
        due = plan["start"] + message["at"]
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        text = f"{due:.6f} {'x' * 120}"
        jobs.put({key: message[key] for key in ("thread", "item", "session")} | {"text": text})
    for _ in threads:
        jobs.put(None)
    for thread in threads:
        await asyncio.to_thread(thread.join)
    return done


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    log = Log()
    loop = asyncio.get_running_loop()
    opening = asyncio.Semaphore(OPENING_AT_ONCE)

    async def open_one(port: int, thread: str, session: str) -> Browser:
        async with opening:
            _, browser = await loop.create_connection(
                lambda: Browser(plan, port, thread, session, log), "127.0.0.1", port
            )
            await browser.subscribed
            return browser

    wanted = [
        (thread, session) for thread, sessions in plan["threads"].items() for session in sessions
    ]
    ports = itertools.cycle(plan["ports"])
    browsers = await asyncio.gather(*(open_one(next(ports), *pair) for pair in wanted))
    print(json.dumps({"open": len(browsers)}), flush=True)
    plan |= json.loads(await asyncio.to_thread(sys.stdin.readline))
    done = await _write(plan)
    until = time.monotonic() + SETTLE_SECONDS
    expected = dict.fromkeys(plan["threads"], 0) | plan["expected"]
    pairs = [
        (browser, expected[thread]) for browser, (thread, _) in zip(browsers, wanted, strict=True)
    ]
    while any(browser.version < last for browser, last in pairs) and time.monotonic() < until:
        await asyncio.sleep(0.05)
    missing = sum(last - browser.version for browser, last in pairs)
    closed = log.closed
    for browser in browsers:
        browser.close()
    return {
        "acknowledged": done.count(200),
        "refused": len(done) - done.count(200),
        "missing": missing,
        "disorder": log.disorder,
        "closed": closed,
        "latencies": [round(seconds, 5) for seconds in log.latencies],
    }


def main() -> None:
    """Read the plan (one line), open the sockets, read the messages (one line), write a report."""
    allow_many_sockets()
    plan = json.loads(sys.stdin.readline())
    Path(plan["result"]).write_text(json.dumps(uvloop.run(_run(plan))))
    print(json.dumps({"result": plan["result"]}), flush=True)


if __name__ == "__main__":
    main()
