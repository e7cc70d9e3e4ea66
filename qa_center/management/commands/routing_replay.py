"""manage.py routing_replay: would routing have asked the right colleagues?"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qa_center.management.commands._routing import (
    history_of,
    surroundings,
    texts_of,
    weights_of,
)
from qa_center.routing import SHIPPED
from qa_center.routing.replay import (
    NothingToJudge,
    PastQuestion,
    Report,
    Texts,
    replay,
    synthetic_history,
)
from qa_center.services.weights import current_weights

MOST = 3000


class Command(BaseCommand):
    help = (
        "Replay a history through the routing that cases use: for every question after the first "
        "30 %, rank everybody who had answered before from what was known then, and see where the "
        "colleague stands who gave the accepted answer; beside five baselines in the same run."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--history", metavar="FILE", help="JSON lines; default: this database")
        parser.add_argument(
            "--weights",
            metavar="FILE",
            help="weights as JSON; default: those in force, or the shipped ones with --history",
        )
        parser.add_argument(
            "--at-most",
            type=int,
            default=MOST,
            metavar="N",
            help=f"judge at most N questions, spread evenly (default {MOST}; 0: all)",
        )
        parser.add_argument(
            "--words-only", action="store_true", help="do without vectors: fast, less exact"
        )
        parser.add_argument(
            "--synthetic",
            nargs=2,
            type=int,
            metavar=("QUESTIONS", "PEOPLE"),
            help="measure the speed on an invented history of this size instead",
        )
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        history, texts, data = self._data(options)
        own = not (options["history"] or options["synthetic"])
        weights = weights_of(options["weights"], current_weights() if own else SHIPPED)
        try:
            report = replay(history, texts, weights, most=options["at_most"] or None)
        except NothingToJudge as error:
            raise CommandError(f"{data['name']}: {error}.") from error
        if options["json"]:
            known = {**surroundings(), "data": data, **report.as_dict()}
            self.stdout.write(json.dumps(known, indent=2))
        else:
            self._print(data, report)

    def _data(self, options: dict[str, Any]) -> tuple[list[PastQuestion], Texts, dict[str, str]]:
        if options["synthetic"]:
            questions, people = options["synthetic"]
            if min(questions, people) < 2:
                raise CommandError("--synthetic needs at least 2 questions and 2 people.")
            history, texts = synthetic_history(questions, people)
            return history, texts, {"name": "synthetic", "vectors": "synthetic"}
        history, name = history_of(options["history"])
        texts, vectors = texts_of(history, words_only=options["words_only"], tell=self.stderr.write)
        return history, texts, {"name": name, "vectors": vectors}

    def _print(self, data: dict[str, str], report: Report) -> None:
        self.stdout.write(
            f"{data['name']} ({data['vectors']}): {report.questions} questions, "
            f"{report.people} people; judged {report.judged} of {report.judgeable} questions "
            "after the first 30 % whose accepted answerer had answered before\n\n"
            f"{'':18} {'P@1':>6} {'P@3':>6} {'MRR':>6} {'spread':>7} {'first':>7}   "
            "routing's MRR over it (95 %)"
        )
        for name, each in report.figures.items():
            ratio = ""
            if name in report.ratios:
                middle, low, high = report.ratios[name]
                ratio = f"   {middle:.2f} ({low:.2f} to {high:.2f})"
            self.stdout.write(
                f"{name:18} {each.p1:6.3f} {each.p3:6.3f} {each.mrr:6.3f} {each.gini:7.3f} "
                f"{each.gini_first:7.3f}{ratio}"
            )
        median, high = report.milliseconds
        own, own_high = report.processor_milliseconds
        self.stdout.write(
            "\nspread: Gini of being among the first three; first: of being the first"
            f"\none ranking: median {median:.1f} ms, p95 {high:.1f} ms"
            f"; of the processor: median {own:.1f} ms, p95 {own_high:.1f} ms"
        )
