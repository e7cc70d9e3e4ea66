"""The scratch site of the load test: run as a process of its own with a database of its own.

    python -m kiplatform.realtime.bench.site --people 5000 --threads-of 50 --scene board

Prepares the database in KIP_VAR_DIR (with 0 people it uses what another one prepared), writes
ready.json there (port, cookie, session keys by thread), and serves until it is told to stop.
"""

import argparse
import json
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import uvicorn
from django.apps import apps
from django.core.management import call_command

if TYPE_CHECKING:
    from kiplatform.realtime.bench.scenes import Scene


def main() -> None:
    """Prepare and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--threads-of", type=int, required=True)
    parser.add_argument("--scene", default="board")
    arguments = parser.parse_args()
    django.setup()

    from django.conf import settings

    from kiplatform.realtime.bench import scenes
    from kiplatform.realtime.server import configuration

    settings.ROOT_URLCONF = "kiplatform.realtime.bench.urls"
    # The tables as they are now, without the minutes that their history takes.
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
    scene = scenes.play(arguments.scene)
    prepared: dict[str, Any] = {
        "cookie": settings.SESSION_COOKIE_NAME,
        "prefix": scene.prefix,
        "threads": {},
    }
    if arguments.people:
        call_command("createcachetable")
        call_command("migrate", run_syncdb=True, verbosity=0)
        scene.prepare()
        prepared["threads"] = _prepare(scene, arguments.people, arguments.threads_of)
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    ready: dict[str, Any] = {"port": listener.getsockname()[1], **prepared}
    Path(os.environ["KIP_VAR_DIR"], "ready.json").write_text(json.dumps(ready))
    uvicorn.Server(configuration(port=ready["port"])).run(sockets=[listener])


def _prepare(scene: "Scene", people: int, size: int) -> dict[str, list[str]]:
    """Make people who are signed in, in threads of `size`; return their session keys by thread."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.hashers import make_password
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.db import transaction

    from kiplatform.accounts.models import User
    from kiplatform.core import clock

    with transaction.atomic():
        users = User.objects.bulk_create(
            User(
                email=f"{n}@bench.invalid",
                name=f"Person {n}",
                kind="staff",
                password=make_password(None),
            )
            for n in range(people)
        )
        store = SessionStore()
        sessions = [
            Session(
                session_key=f"{user.pk:032d}",
                expire_date=clock.now().replace(year=clock.now().year + 1, day=1),
                session_data=store.encode(
                    {
                        SESSION_KEY: str(user.pk),
                        BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                        HASH_SESSION_KEY: user.get_session_auth_hash(),
                    }
                ),
            )
            for user in users
        ]
        Session.objects.bulk_create(sessions)
        threads = {}
        for start in range(0, people, size):
            part = range(start, min(start + size, people))
            key = scene.open_thread([users[n] for n in part])
            threads[key] = [sessions[n].session_key for n in part]
    return threads


if __name__ == "__main__":
    main()
