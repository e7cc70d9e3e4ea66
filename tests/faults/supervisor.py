"""A web process and a worker that are started again whenever they die.

    python -m tests.faults.supervisor PORT

Guarantee: each is a process of its own that runs what production runs (uvicorn with the ASGI
application, `manage.py worker`); the code is loaded once and forked, so that a new one is there in
a moment instead of seconds. Their process ids are in web.pid and worker.pid of KIP_VAR_DIR, as long
as they live.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


def main(port: int) -> None:
    """Load the code, then keep both processes alive until this one is killed."""
    import django

    django.setup()
    import uvicorn
    from django.core.management import call_command
    from django.db import connections
    from django.urls import get_resolver

    from kiplatform.asgi import application
    from kiplatform.realtime.server import configuration

    assert get_resolver().url_patterns
    # No connection, and no lock on the database, may be shared with a child.
    connections.close_all()
    folder = Path(os.environ["KIP_VAR_DIR"])
    roles: dict[str, Callable[[], object]] = {
        "web": lambda: uvicorn.Server(configuration(application, port=port)).run(),
        "worker": lambda: call_command("worker"),
    }
    running = {_start(name, role, folder): name for name, role in roles.items()}
    while True:
        pid = _ended()
        name = running.pop(pid)
        # While the dead one is not yet waited for, nobody else can get its process id.
        (folder / f"{name}.pid").unlink()
        os.waitpid(pid, 0)
        running[_start(name, roles[name], folder)] = name


def _ended() -> int:
    """Wait until a child has ended, and return its process id; it stays a zombie."""
    ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    return ended.si_pid


def _start(name: str, role: Callable[[], object], folder: Path) -> int:
    pid = os.fork()
    if pid == 0:
        # Whatever the role does, the child never returns into the supervisor's loop.
        try:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            role()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    written = folder / f"{name}.pid.new"
    written.write_text(str(pid))
    written.replace(folder / f"{name}.pid")
    return pid


if __name__ == "__main__":
    main(int(sys.argv[1]))
