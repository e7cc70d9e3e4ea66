"""manage.py demo: one command serves the site with a worker beside it, and ends both."""

import signal
import sys
from pathlib import Path

from pytest_django import DjangoDbBlocker

from tests.database import REPOSITORY, copied
from tests.e2e.site import environment, link_models
from tests.servers.processes import Process, free_port, url_answers, wait_until

SECONDS = 180.0


def test_it_prepares_serves_with_a_worker_and_ends_both_on_ctrl_c(
    tmp_path: Path,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    with django_db_blocker.unblock(), copied(tmp_path):
        _somebody_of_the_demo()
    link_models(tmp_path)
    port = free_port()
    demo = Process(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        log=tmp_path / "demo.log",
        ready=lambda: url_answers(f"http://127.0.0.1:{port}/accounts/login/"),
        env=environment(tmp_path, KIP_SEARCH_EMBEDDER="disabled", KIP_LOG_LEVEL="INFO"),
        cwd=REPOSITORY,
        seconds=SECONDS,
        stop_signal=signal.SIGINT,
    )
    demo.start()
    try:
        (worker,) = _children(demo.pid)
        wait_until(lambda: "Starting worker" in demo.output(), what="the worker", seconds=SECONDS)
    finally:
        status = demo.stop(SECONDS)
    assert status == 0, demo.output()
    assert not Path(f"/proc/{worker}").exists()
    said = demo.output()
    assert "The demo company was there already." in said
    assert f"http://127.0.0.1:{port}/" in said
    assert "shen.ruoqing@qihu.example.com" in said
    assert said.rstrip().endswith("Stopped.")


def _somebody_of_the_demo() -> None:
    """By whom the loader knows that the company is there: loading it takes half a minute."""
    from kiplatform.accounts.models import User
    from kiplatform.demo.script import read

    User.objects.create_user(read("staff")[0]["email"], kind=User.Kind.STAFF, name="沈若清")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
