"""manage.py search_reindex: a new generation of the index, built while the old one answers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import reindexing, runtime
from search.embedders import EmbedderUnavailable, get_embedder
from search.engines import EngineUnavailable
from search.reindexing import Incomplete, Progress
from search.sources import registry
from search.sync import Action

_WIDTH = 30


class Command(BaseCommand):
    help = "Bring every document up to date, build a new generation, verify it and swap."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-needed",
            action="store_true",
            help="only where the live generation was made by another model or analysis",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            embedder = get_embedder(wait=True)
            self._documents()
            if options["if_needed"] and not reindexing.needed(embedder):
                self.stdout.write("The live generation is up to date.")
                return
            generation = reindexing.reindex(runtime.engine(), embedder, tell=self._progress)
        except (EmbedderUnavailable, EngineUnavailable) as error:
            raise CommandError(error.reason) from error
        except Incomplete as error:
            raise CommandError(f"{error} The old generation stays; run this again.") from error
        self.stdout.write(f"\nGeneration {generation.pk} is live.")

    def _documents(self) -> None:
        for kind in registry.kinds():
            source = registry.get(kind)
            if source is None:
                continue
            done = runtime.synchroniser().sync(source, source.keys())
            changed = sum(done.values()) - done[Action.NOOP]
            self.stdout.write(f"{kind}: {sum(done.values())} documents, {changed} changed")

    def _progress(self, progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 1.0
        bar = "#" * int(share * _WIDTH)
        self.stdout.write(
            f"\r{progress.step:<6}[{bar:<{_WIDTH}}] {progress.done}/{progress.total}", ending=""
        )
        self.stdout.flush()
