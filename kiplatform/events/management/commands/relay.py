"""manage.py relay: the relay as a process of its own, for the cluster profile."""

import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from kiplatform.events.relay import Relay, run_pending


class Command(BaseCommand):
    help = "Relay committed events to search, notifications and live pages until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="relay what waits, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{run_pending()} events relayed")
            return
        relay = Relay()
        signal.signal(signal.SIGTERM, lambda *_: relay.stop())
        signal.signal(signal.SIGINT, lambda *_: relay.stop())
        relay.start()
        relay.join()
