"""manage.py demo: everything the demo needs, from an empty folder to a running site."""

import contextlib
import signal
import subprocess
import sys
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kiplatform.demo.script import read
from kiplatform.realtime.server import configuration

SHOWN = ("shen-ruoqing", "marcus-hale", "ye-minhui", "he-xinyi")
STOP_SECONDS = 15


class Command(BaseCommand):
    help = "Prepare the model, the database and the demo company, then serve until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument("--prepare-only", action="store_true", help="prepare, do not serve")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not the demo profile.")
        try:
            self._run(options)
        except KeyboardInterrupt:
            # Whatever was under way is done again at the next start: each step is all or nothing.
            self.stdout.write("\nStopped.")

    def _run(self, options: dict[str, Any]) -> None:
        call_command("search_prepare")
        self.stdout.write("Preparing the database (half a minute the first time)")
        call_command("migrate", verbosity=0)
        call_command("load_demo")
        if not options["prepare_only"]:
            self._serve(options["host"], options["port"])

    def _serve(self, host: str, port: int) -> None:
        """Serve here and let a worker process run beside; both end together."""
        # Not manage.py: an installed package has none.
        worker = subprocess.Popen(
            [sys.executable, "-m", "django", "worker"], cwd=settings.REPOSITORY
        )
        self._announce(host, port)
        server = uvicorn.Server(configuration(host=host, port=port))
        try:
            server.run()
        finally:
            worker.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.wait(STOP_SECONDS)
            if worker.poll() is None:
                worker.kill()
        if not server.started:
            raise CommandError(f"Port {port} on {host} could not be used; try --port.")

    def _announce(self, host: str, port: int) -> None:
        """Say where the site is and who can be signed in as, without a password."""
        self.stdout.write(f"\n  http://{host}:{port}/   (Ctrl-C stops it)\n")
        self.stdout.write("  Sign in with one click on the sign-in page, for instance as:")
        for row in read("staff"):
            if row["id"] in SHOWN:
                self.stdout.write(f"    {row['email']:<36} {', '.join(row['roles'])}")
        for row in read("customers")[:2]:
            contact = row["contacts"][0]
            self.stdout.write(f"    {contact['email']:<36} customer")
        self.stdout.write("")
