"""manage.py search_calibrate: fits what search ships for an embedding recipe."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from search import calibration
from search.embedders import EmbedderUnavailable, get_embedder
from search.evaluation import fitting
from search.evaluation.fitting import Sources
from search.evaluation.sets import LabelledSet, NotASet, read_set
from search.reader import get_reader


class Command(BaseCommand):
    help = (
        "Fit language means, adapters, fusion weights, the reader's weight and the thresholds of "
        "the verdict on labelled sets, and write them for the current embedder's recipe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="DIR", help="weights, judges")
        for name, meaning in (
            ("adapt", "more sets of companies' knowledge, which fit the adapters as well"),
            ("means", "more sets for the language means"),
            ("topic", "sets of one field each, which learn what is not on it"),
            ("off-topic", "sets whose questions are on other subjects than those of --topic"),
            ("read", "sets that the reader was not trained on; without any its part is kept"),
        ):
            parser.add_argument(
                f"--{name}", nargs="*", type=Path, metavar="DIR", default=[], help=meaning
            )
        parser.add_argument("--out", type=Path, default=calibration.SHIPPED)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sources = Sources(
                fit=_sets(options["folders"]),
                adapt=_sets(options["adapt"]),
                means=_sets(options["means"]),
                topic=_sets(options["topic"]),
                off_topic=_sets(options["off_topic"]),
                read=_sets(options["read"]),
            )
            fitted = fitting.fit(
                sources,
                get_embedder(wait=True),
                lambda: get_reader(wait=True),
                tell=self._tell(),
            )
        except (NotASet, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error
        file: Path = options["out"]
        known = json.loads(file.read_text()) if file.exists() else {}
        known[fitted.recipe] = calibration.to_json(fitted)
        file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        calibration.shipped.cache_clear()
        self.stdout.write(f"written to {file} for recipe {fitted.recipe}")

    def _tell(self) -> Callable[[str], None]:
        def tell(text: str) -> None:
            self.stdout.write(text)

        return tell


def _sets(folders: list[Path]) -> list[LabelledSet]:
    return [read_set(folder) for folder in folders]
