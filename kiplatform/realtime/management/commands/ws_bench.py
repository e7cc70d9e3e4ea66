"""manage.py ws_bench: how fast live messages arrive, with thousands of sockets on this machine.

Starts a scratch site and client processes on loopback, and ends them. Nothing of the real
database is touched.
"""

import json
import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kiplatform.realtime.bench import scenes
from kiplatform.realtime.bench.run import Plan, run, run_beside_floor

FAULTS = ("missing", "disorder", "refused", "closed")


class Command(BaseCommand):
    help = "Measure the time from sending a message to its receipt over many websockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sockets", type=int, default=5000, help="open websockets")
        parser.add_argument("--rate", type=float, default=50, help="messages a second")
        parser.add_argument("--seconds", type=float, default=30, help="how long to send")
        parser.add_argument("--threads-of", type=int, default=50, help="people in each thread")
        parser.add_argument("--clients", type=int, default=2, help="client processes")
        parser.add_argument(
            "--webs",
            type=int,
            default=1,
            help="web processes; several need Redis, whose address KIP_REDIS_URL gives",
        )
        parser.add_argument(
            "--scene",
            choices=scenes.names(),
            default="board",
            help="what is played: board, the bare channel; or an app's own, with the board beside",
        )
        parser.add_argument("--json", action="store_true", help="print JSON alone")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["webs"] > 1 and not os.environ.get("KIP_REDIS_URL"):
            raise CommandError("Several web processes need Redis: set KIP_REDIS_URL.")
        plan = Plan(
            sockets=options["sockets"],
            rate=options["rate"],
            seconds=options["seconds"],
            threads_of=options["threads_of"],
            clients=options["clients"],
            webs=options["webs"],
            scene=options["scene"],
        )
        measure = run if plan.scene == "board" else run_beside_floor
        report = measure(plan, say=(lambda line: None) if options["json"] else self.stderr.write)
        self.stdout.write(json.dumps(report, indent=None if options["json"] else 2))
        parts = [report, report["floor"]] if "floor" in report else [report]
        if any(part[fault] for part in parts for fault in FAULTS):
            raise CommandError("messages were lost, refused or out of order")
