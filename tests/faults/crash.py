"""kill -9 of web and worker while customers write, and what is there afterwards.

    DJANGO_SETTINGS_MODULE=kiplatform.settings.test \\
        python -m tests.faults.crash --kills 25 --writes 2000

prints what was done and what was found as JSON. Writers are customers' contacts who ask questions
and write messages over the API. Each sends a write again, with its client id, until the platform
has acknowledged it, as the pages do.
"""

import argparse
import contextlib
import http.client
import itertools
import json
import os
import platform
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.processes import Process, free_port, wait_until

DATABASE = "kiplatform.sqlite3"
SECONDS = 120.0
# One write in so many is a question, which search and the manager's inbox have to hear of.
QUESTION_EVERY = 8
TOKEN = "c" * 32


@dataclass(frozen=True)
class Plan:
    """How much is done."""

    kills: int
    writes: int
    writers: int = 4
    seed: int = 0


@dataclass
class Report:
    """What was done and what was found; `faults` is empty where nothing was lost or doubled."""

    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: int = 0
    sent_again: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    settled_after: float = 0.0
    documents: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Writer:
    """A contact who is signed in, and the thread in which they write."""

    session: str
    thread: str


class Crash:
    """One run: a site under a supervisor, writers, and somebody who kills."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.port = free_port()
        self.report = Report()
        self.acknowledged: list[tuple[str, str]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._broken = threading.Event()

    def run(self, writers: list[Writer]) -> Report:
        """Write and kill until both are done, then wait until the platform has caught up."""
        begun = time.monotonic()
        with self._site():
            threads = [threading.Thread(target=self._write, args=[w]) for w in writers]
            threads.append(threading.Thread(target=self._kill))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.report.acknowledged = len(self.acknowledged)
            self.report.seconds = round(time.monotonic() - begun, 1)
            caught_up = time.monotonic()
            if not self.report.faults:
                wait_until(is_settled, what="every event is handled", seconds=SECONDS)
            self.report.settled_after = round(time.monotonic() - caught_up, 1)
        return self.report

    @contextlib.contextmanager
    def _site(self) -> Iterator[None]:
        environment = {
            "DJANGO_SETTINGS_MODULE": "kiplatform.settings.development",
            "KIP_VAR_DIR": str(self.folder),
            "KIP_DATABASE_URL": "",
            "KIP_REDIS_URL": "",
            "KIP_RELAY": "worker",
            "KIP_LOG_LEVEL": "ERROR",
            "KIP_SEARCH_ENGINE": "embedded",
            "KIP_SEARCH_EMBEDDER": "disabled",
            "KIP_SEARCH_READER": "disabled",
            "OPENBLAS_NUM_THREADS": "1",
        }
        supervisor = Process(
            [sys.executable, "-m", "tests.faults.supervisor", str(self.port)],
            log=self.folder / "site.log",
            ready=self._is_up,
            env=environment,
            cwd=Path(__file__).resolve().parents[2],
            seconds=SECONDS,
        )
        supervisor.start()
        try:
            yield
        finally:
            # The group: the supervisor would start again what was killed before it.
            supervisor.kill()

    def _is_up(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/api/questions")
            return connection.getresponse().status == 401
        return False

    def _write(self, writer: Writer) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while (number := next(self._numbers)) < self.plan.writes and not self._broken.is_set():
            kind = "question" if number % QUESTION_EVERY == 0 else "message"
            client_id = f"write-{number}"
            until = time.monotonic() + SECONDS
            while not self._send(connection, writer, kind, client_id):
                self.report.sent_again += 1
                if self._broken.is_set() or time.monotonic() > until:
                    return self._break(f"{client_id} was not taken in {SECONDS:g} s")
                time.sleep(0.02)
            with self._lock:
                self.acknowledged.append((kind, client_id))
        connection.close()
        return None

    def _send(
        self, connection: http.client.HTTPConnection, writer: Writer, kind: str, client_id: str
    ) -> bool:
        """Send one write, and tell whether it was acknowledged."""
        body: dict[str, Any] = {"client_id": client_id, "text": f"Where is my {client_id}?"}
        path = f"/api/threads/{writer.thread}/messages"
        if kind == "question":
            body["kind"] = "product_service"
            path = "/api/questions"
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={writer.session}; csrftoken={TOKEN}",
            "X-CSRFToken": TOKEN,
        }
        try:
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
        with self._lock:
            self.report.statuses[str(answer.status)] += 1
        if answer.status != 201:
            self._break(f"{client_id} was answered with {answer.status}")
        return answer.status == 201

    def _kill(self) -> None:
        """Kill web and worker in a random order, at random moments spread over all writes."""
        chance = random.Random(self.plan.seed)
        moments = sorted(chance.sample(range(1, self.plan.writes), self.plan.kills))
        for moment in moments:
            try:
                self._wait_until(
                    lambda moment=moment: len(self.acknowledged) >= moment,  # type: ignore[misc]
                    f"{moment} writes are acknowledged",
                )
                time.sleep(chance.uniform(0, 0.05))
                name = chance.choice(["web", "worker"])
                self._wait_until(
                    lambda name=name: self._strike(name),  # type: ignore[misc]
                    f"{name} is there to be killed",
                )
            except RuntimeError as error:
                return self._break(str(error))
            if self._broken.is_set():
                return None
        return None

    def _wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition, or until the run is broken; RuntimeError when it never comes."""
        wait_until(
            lambda: self._broken.is_set() or condition(), what=what, seconds=SECONDS, pause=0.002
        )

    def _strike(self, name: str) -> bool:
        """Kill a process, and tell whether there was one: it may not be back from the last time."""
        try:
            os.kill(int((self.folder / f"{name}.pid").read_text()), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            return False
        self.report.kills[name] += 1
        return True

    def _break(self, fault: str) -> None:
        self.report.faults.append(fault)
        self._broken.set()


def is_settled() -> bool:
    """Whether every event was relayed and every delivery made."""
    from kiplatform.events.models import Delivery, OutboxEvent

    waiting = OutboxEvent.objects.filter(relayed_at=None)
    return not waiting.exists() and not Delivery.objects.filter(done_at=None).exists()


def find_faults(acknowledged: list[tuple[str, str]]) -> list[str]:
    """Compare what was acknowledged with what is stored, told and found."""
    from django.db import connection

    from customer_knowledge.models import Message, Question, Thread
    from kiplatform.notifications.models import Notification

    faults = []
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        if cursor.fetchall() != [("ok",)]:
            faults.append("the database file is damaged")
    for kind, model in (("question", Question), ("message", Message)):
        # A question is the first message of its thread as well, with the same client id.
        sent = {key for what, key in acknowledged if what == kind or kind == "message"}
        rows = model.objects.filter(client_id__startswith="write-")
        stored = Counter(rows.values_list("client_id", flat=True))
        faults += [f"{kind} {key} is lost" for key in sorted(sent - stored.keys())]
        faults += [f"{kind} {key} is stored {n} times" for key, n in stored.items() if n > 1]
        faults += [f"{kind} {key} was never sent" for key in sorted(stored.keys() - sent)]
    for thread in Thread.objects.all():
        numbers = list(thread.messages.order_by("number").values_list("number", flat=True))
        if numbers != list(range(1, thread.version + 1)):
            faults.append(f"thread {thread.public_id} has gaps")
    told = Counter(
        Notification.objects.filter(type="question.asked").values_list("subject", flat=True)
    )
    for public_id in Question.objects.values_list("public_id", flat=True):
        if told[f"question:{public_id}"] != 1:
            faults.append(f"of question {public_id} is told {told[f'question:{public_id}']} times")
    return faults


def compare_index() -> tuple[int, list[str]]:
    """Compare the index with the database, without repairing it: how many, and where they differ.

    This is what `manage.py search_verify --check` does.
    """
    from search import runtime, verification
    from search.sources import registry

    found = verification.compare(registry, runtime.engine())
    faults = [f"index: {kind} {key} needs {a.value}" for (kind, key), a in found.documents.items()]
    if found.engine_missing or found.engine_extra:
        faults.append(
            f"index: {len(found.engine_missing)} passages are missing, "
            f"{len(found.engine_extra)} too many"
        )
    return found.compared, faults


def prepare(folder: Path, writers: int) -> list[Writer]:
    """Fill the database that is open: a manager, and customers who each have a question."""
    from django.conf import settings

    from customer_knowledge.models import Question
    from customer_knowledge.services import question_ask
    from kiplatform.events.relay import run_pending
    from tests.factories.people import AdministratorFactory, ContactFactory, ManagerFactory
    from tests.realtime.browsers import sign_in

    # Sessions are signed with it.
    (folder / "secret-key").write_text(settings.SECRET_KEY)
    AdministratorFactory()
    manager = ManagerFactory()
    made = []
    for number in range(writers):
        contact = ContactFactory(customer__manager=manager)
        question = question_ask(
            actor=contact.user,
            text=f"定期存款到期以后怎么转存？（{number}）",
            kind=Question.Kind.PRODUCT_SERVICE,
            client_id="first",
        )
        assert question.thread is not None
        made.append(Writer(sign_in(contact.user), question.thread.public_id))
    run_pending()
    return made


def run(plan: Plan, folder: Path) -> Report:
    """Run `plan` on a fresh database in `folder`, and look for faults afterwards."""
    from tests.database import opened, template

    shutil.copyfile(template(), folder / DATABASE)
    with opened(folder / DATABASE):
        crash = Crash(plan, folder)
        report = crash.run(prepare(folder, plan.writers))
        report.faults += find_faults(crash.acknowledged)
        report.documents, differences = compare_index()
        report.faults += differences
    return report


def main() -> int:
    """Run it at the size given, and print the report."""
    import django

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--writes", type=int, default=2000)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    django.setup()
    plan = Plan(options.kills, options.writes, options.writers, options.seed)
    with tempfile.TemporaryDirectory(prefix="kip-crash-") as name:
        report = run(plan, Path(name))
    machine = {"processors": os.cpu_count(), "system": platform.platform()}
    print(json.dumps({"plan": vars(plan), "machine": machine, **vars(report)}, indent=1))
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
