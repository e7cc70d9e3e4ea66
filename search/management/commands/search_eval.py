"""manage.py search_eval: the quality of search on labelled sets."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test.utils import override_settings

from search import calibration
from search.calibration import Calibration
from search.embedders import Embedder, get_embedder
from search.engines import EngineUnavailable
from search.evaluation.reports import report
from search.evaluation.running import Parts, run
from search.evaluation.sets import NotASet, read_set, with_off_topic
from search.reader import get_reader

_MOST_OFF_TOPIC = 400


class Command(BaseCommand):
    help = (
        "Index each labelled set (a folder with corpus.jsonl, queries.jsonl and qrels.jsonl) into "
        "a scratch index, search for its questions as people do, and print the figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
        parser.add_argument("--engine", default="embedded")
        parser.add_argument("--embedder", default="", help="as KIP_SEARCH_EMBEDDER")
        parser.add_argument("--reader", action="store_true", help="let the reader reorder the hits")
        parser.add_argument(
            "--off-topic",
            type=Path,
            metavar="DIR",
            help="ask this set's questions too; none of them is answered by the corpus",
        )
        parser.add_argument(
            "--calibration",
            type=Path,
            metavar="FILE",
            help="as search_calibrate writes it; the shipped one without it",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        changed = {"SEARCH_EMBEDDER": options["embedder"]} if options["embedder"] else {}
        if options["reader"]:
            changed["SEARCH_READER"] = "bundled"
        with override_settings(**changed):
            reports = [self._measure(folder, options) for folder in options["folders"]]
        if options["json"]:
            self.stdout.write(json.dumps(reports, indent=1, ensure_ascii=False))

    def _measure(self, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
        try:
            others = [read_set(options["off_topic"])] if options["off_topic"] else []
            labelled = with_off_topic(read_set(folder), others, _MOST_OFF_TOPIC)
            figures = report(
                labelled.name,
                run(
                    labelled,
                    Parts(
                        engine=options["engine"],
                        embedder=_embedder,
                        reader=(lambda: get_reader(wait=True)) if options["reader"] else None,
                        calibrations=_calibrations(options["calibration"]),
                    ),
                ),
            )
        except (NotASet, EngineUnavailable) as error:
            raise CommandError(str(error)) from error
        if not options["json"]:
            self.stdout.write(_line(figures))
        return figures


def _calibrations(file: Path | None) -> Callable[[str], Calibration]:
    if file is None:
        return calibration.shipped
    try:
        known = json.loads(file.read_text())
        fitted = {recipe: calibration.from_json(value) for recipe, value in known.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{file} is not a calibration: {error!r}") from error
    return lambda recipe: fitted.get(recipe, Calibration(recipe=recipe))


def _embedder() -> Embedder:
    return get_embedder(wait=True)


def _line(figures: dict[str, Any]) -> str:
    across = figures["across"]["ndcg@10"]
    parts = [
        f"{figures['set']:<16} n={figures['answerable']:<5}",
        *(f"{name} {figures[name]}" for name in ("ndcg@10", "recall@1", "recall@3", "recall@10")),
        f"mrr@10 {figures['mrr@10']}",
        f"same/across {figures['same_language']['ndcg@10']}/{across}",
        f"auc {figures['auc_near']}",
        f"{'+'.join(figures['modes'])} {figures['milliseconds'].get('median')} ms",
    ]
    return "  ".join(parts)
