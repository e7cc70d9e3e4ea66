"""Runs the load test: a site process, client processes, and the sums.

Bounded: every process that was started is ended, whatever happens, and every wait has an end.
"""

import contextlib
import dataclasses
import json
import math
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PREPARE_SECONDS = 300.0
OPEN_SECONDS = 300.0
END_SECONDS = 60.0
# Between the order to begin and the first message.
HEAD_START = 1.0


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: counts, messages a second, seconds, and in which kind of threads.

    webs: web processes that share sockets and requests; several need Redis (`KIP_REDIS_URL`).
    """

    sockets: int
    rate: float
    seconds: float
    threads_of: int
    clients: int = 2
    webs: int = 1
    scene: str = "board"


def run_beside_floor(plan: Plan, *, say: Callable[[str], object]) -> dict[str, Any]:
    """Measure the same load on the board first, and return both: the difference is the scene's."""
    floor = run(dataclasses.replace(plan, scene="board"), say=say)
    return {**run(plan, say=say), "floor": floor}


def run(plan: Plan, *, say: Callable[[str], object]) -> dict[str, Any]:
    """Measure and return the report.

    :param say: takes lines about the progress.
    :raises RuntimeError: a process of the test failed or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="ws-bench-") as folder:
        say(f"preparing a scratch site with {plan.sockets} people ({plan.scene})")
        environment = _environment(folder, shared=plan.webs > 1)
        with (
            _sites(plan, Path(folder), environment) as (webs, ready),
            _process(["django", "relay"], environment) as relay,
        ):
            say(f"opening {plan.sockets} websockets")
            started, fresh = time.monotonic(), _usage(webs)
            with contextlib.ExitStack() as stack:
                clients = [
                    stack.enter_context(_client(part)) for part in _parts(plan, ready, Path(folder))
                ]
                opened = sum(_line(client, OPEN_SECONDS)["open"] for client in clients)
                opening = time.monotonic() - started
                say(f"opened in {opening:.1f} s")
                idle, relay_idle = _usage(webs), _usage([relay])
                say(f"sending {plan.rate:g} messages a second for {plan.seconds:g} s")
                _begin(clients, plan, ready)
                ended = [_line(c, plan.seconds + END_SECONDS) for c in clients]
                results = [json.loads(Path(line["result"]).read_text()) for line in ended]
                busy, relay_busy = _usage(webs), _usage([relay])
    report = _report(plan, opened, opening, results, (fresh, idle, busy))
    relaying = round(relay_busy["cpu"] - relay_idle["cpu"], 2)
    return report | {"relay": {"sending_cpu_seconds": relaying}}


def _environment(folder: str, *, shared: bool) -> dict[str, str]:
    """Return the settings of the scratch site, with the relay in a process of its own.

    :param shared: several web processes hear of news through the caller's Redis.
    """
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "kiplatform.settings.development",
        "KIP_VAR_DIR": folder,
        "KIP_DATABASE_URL": "",
        "KIP_REDIS_URL": os.environ.get("KIP_REDIS_URL", "") if shared else "",
        "KIP_RELAY": "worker",
        "KIP_LOG_LEVEL": "WARNING",
    }


@contextlib.contextmanager
def _sites(
    plan: Plan, folder: Path, environment: dict[str, str]
) -> Iterator[tuple[list[subprocess.Popen[str]], dict[str, Any]]]:
    """Run the web processes; the first one prepares the database of all."""
    with contextlib.ExitStack() as stack:
        processes, ports = [], []
        ready: dict[str, Any] = {}
        for _ in range(plan.webs):
            people = 0 if ready else plan.sockets
            process, found = stack.enter_context(_site(plan, people, folder, environment))
            processes.append(process)
            ports.append(found["port"])
            ready = ready or found
        yield processes, ready | {"ports": ports}


@contextlib.contextmanager
def _site(
    plan: Plan, people: int, folder: Path, environment: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    arguments = ["--people", str(people), "--threads-of", str(plan.threads_of)]
    arguments += ["--scene", plan.scene]
    module = "kiplatform.realtime.bench.site"
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    with _process([module, *arguments], environment) as process:
        until = time.monotonic() + PREPARE_SECONDS
        while not (ready.exists() and ready.read_text().endswith("}")):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the scratch site did not start")
            time.sleep(0.1)
        yield process, json.loads(ready.read_text())


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", *command],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _client(part: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    with _process(["kiplatform.realtime.bench.browsers"], dict(os.environ)) as process:
        _tell(process, part)
        yield process


def _tell(process: subprocess.Popen[str], message: dict[str, Any]) -> None:
    assert process.stdin is not None  # noqa: S101 - it was opened with a pipe
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    """Read one line of JSON; a process that stays silent for too long is ended, and so is this."""
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    watchdog = _Watchdog(process, seconds)
    with watchdog:
        line = process.stdout.readline()
    if not line:
        raise RuntimeError("a client process ended without a result")
    found: dict[str, Any] = json.loads(line)
    return found


class _Watchdog:
    """Kills a process that does not answer in time."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        self._timer = threading.Timer(seconds, process.kill)

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _parts(plan: Plan, ready: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Share the sockets out so that every thread has some in every client process."""
    base = {
        "ports": ready["ports"],
        "cookie": ready["cookie"],
        "prefix": ready["prefix"],
    }
    return [
        base
        | {
            "result": str(folder / f"client-{number}.json"),
            "threads": {
                thread: sessions[number :: plan.clients]
                for thread, sessions in ready["threads"].items()
            },
        }
        for number in range(plan.clients)
    ]


def _begin(clients: list[subprocess.Popen[str]], plan: Plan, ready: dict[str, Any]) -> None:
    """Give each client its messages and one common moment to begin."""
    chance = random.Random(20260101)  # noqa: S311 - the same load in every run
    names = list(ready["threads"])
    messages = []
    for number in range(round(plan.rate * plan.seconds)):
        thread = chance.choice(names)
        session = chance.choice(ready["threads"][thread])
        messages.append(
            {"at": number / plan.rate, "thread": thread, "item": str(number), "session": session}
        )
    expected = dict(Counter(message["thread"] for message in messages))
    start = time.monotonic() + HEAD_START
    for number, client in enumerate(clients):
        share = messages[number :: len(clients)]
        _tell(client, {"start": start, "messages": share, "expected": expected})


def _usage(processes: list[subprocess.Popen[str]]) -> dict[str, float]:
    """Return CPU seconds and resident memory (MB) of processes together, from /proc."""
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    cpu = memory = 0.0
    for process in processes:
        files = Path(f"/proc/{process.pid}")
        fields = (files / "stat").read_text().rpartition(")")[2].split()
        cpu += (int(fields[11]) + int(fields[12])) / ticks
        memory += int((files / "statm").read_text().split()[1]) * page / 1e6
    return {"cpu": cpu, "memory": memory}


def _report(
    plan: Plan,
    opened: int,
    opening: float,
    results: list[dict[str, Any]],
    usage: tuple[dict[str, float], dict[str, float], dict[str, float]],
) -> dict[str, Any]:
    fresh, idle, busy = usage
    latencies = sorted(value for result in results for value in result["latencies"])
    sums = {
        key: sum(result[key] for result in results)
        for key in ("acknowledged", "refused", "missing", "disorder", "closed")
    }
    return {
        "scene": plan.scene,
        "sockets": opened,
        "open_seconds": round(opening, 1),
        "rate": plan.rate,
        "seconds": plan.seconds,
        "threads_of": plan.threads_of,
        "web_processes": plan.webs,
        **sums,
        "receipts": len(latencies),
        "milliseconds": {
            name: round(_quantile(latencies, share) * 1000, 1)
            for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
        },
        "server": {
            "opening_cpu_seconds": round(idle["cpu"] - fresh["cpu"], 2),
            "sending_cpu_seconds": round(busy["cpu"] - idle["cpu"], 2),
            "memory_mb": round(busy["memory"]),
        },
        "machine": {
            "cores": os.cpu_count(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
    }


def _quantile(values: list[float], share: float) -> float:
    """Return the smallest value that at least `share` of the sorted values do not exceed."""
    return values[max(0, math.ceil(len(values) * share) - 1)] if values else 0.0
