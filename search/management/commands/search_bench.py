"""manage.py search_bench: the speed of search at several sizes, as JSON and as a plot."""

import itertools
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from search.engines import make_engine
from search.evaluation import bench
from search.evaluation.collections import Collection
from search.evaluation.plots import plot
from search.evaluation.scratch import scratch_database
from search.evaluation.sets import SetSource
from search.sync import Synchroniser

_PAUSE_SECONDS = 0.05


class Command(BaseCommand):
    help = "Measure search on made-up collections while another process writes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--engine", default="embedded")
        parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
        parser.add_argument("--queries", type=int, default=200, help="searches per figure")
        parser.add_argument("--plot", type=Path, metavar="FILE.svg")
        parser.add_argument("--out", type=Path, metavar="FILE.json", help="default: printed")
        parser.add_argument("--write-into", type=Path, help="be the writer of another bench")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write_into"]:
            self._write(options["write_into"], options["engine"])
            return
        with tempfile.TemporaryDirectory(prefix="kiplatform-bench-") as folder:
            figures = bench.run(
                bench.Plan(
                    engine=options["engine"],
                    sizes=options["sizes"],
                    queries=options["queries"],
                    folder=Path(folder),
                ),
                lambda text: self.stderr.write(text),
            )
        text = json.dumps(figures, indent=1)
        if options["out"]:
            options["out"].write_text(text + "\n")
        else:
            self.stdout.write(text)
        if options["plot"]:
            options["plot"].write_text(plot(figures))

    def _write(self, file: Path, name: str) -> None:
        """Write about twenty documents a second and tell of each, until killed."""
        with scratch_database(bench.ALIAS, file) as alias:
            engine = make_engine(name, alias)
            synchroniser = Synchroniser(engine, alias)
            self.stdout.write("ready")
            self.stdout.flush()
            for document in itertools.islice(Collection(1).documents(), 10**6):
                synchroniser.sync(SetSource([document], kind=document.kind), [document.key])
                engine.follow()
                self.stdout.write(document.key)
                self.stdout.flush()
                time.sleep(_PAUSE_SECONDS)
