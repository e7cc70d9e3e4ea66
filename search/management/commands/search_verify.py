"""manage.py search_verify: proves that the index is what the database says, and repairs it."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import runtime, services, verification
from search.sources import registry


class Command(BaseCommand):
    help = "Compare the index with the database; repair it unless told not to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only compare; fail on differences"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        engine = runtime.engine()
        found = verification.compare(registry, engine)
        if not options["check"]:
            if found.count:
                verification.repair(registry, engine, found)
                services.embed_now()
                engine.follow()
            verification.note(found)
        self._tell(found, options)
        if options["check"] and found.count:
            raise CommandError(f"The index differs from the database in {found.count} places.")

    def _tell(self, found: verification.Differences, options: dict[str, Any]) -> None:
        figures = {
            "compared": found.compared,
            "differences": found.count,
            "documents": {f"{k}:{key}": a.value for (k, key), a in found.documents.items()},
            "access": [f"{kind}:{key}" for kind, key in found.access],
            "engine_missing": len(found.engine_missing),
            "engine_extra": len(found.engine_extra),
            "uncut": len(found.uncut),
            "without_vector": found.without_vector,
            "unknown_kinds": found.unknown_kinds,
        }
        if options["json"]:
            self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))
            return
        done = "found" if options["check"] else "repaired"
        self.stdout.write(
            f"{found.compared} documents compared, {found.count} differences {done}, "
            f"{found.without_vector} passages wait for their vector."
        )
        for (kind, key), action in sorted(found.documents.items())[:20]:
            self.stdout.write(f"  {kind} {key}: {action.value}")
