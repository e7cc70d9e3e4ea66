"""manage.py check_loop: is every question and case ended, or in hand with a due time?"""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from qa_center.loop_check import findings


class Command(BaseCommand):
    help = "Look for questions, cases and knowledge gaps without an owner or a due time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON alone")

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings()
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=2))
        else:
            # Public ids, no names and no words: the output may go into a ticket.
            for finding in found:
                self.stdout.write(f"{finding.kind} {finding.key}: {finding.fault}")
            self.stdout.write(f"{len(found)} found" if found else "Everything is in hand.")
        if found:
            sys.exit(1)
