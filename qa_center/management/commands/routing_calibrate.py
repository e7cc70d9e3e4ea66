"""manage.py routing_calibrate: fit the routing's weights to the past."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kiplatform.accounts.models import User
from kiplatform.core.errors import NotAllowed
from qa_center.management.commands._routing import (
    history_of,
    surroundings,
    texts_of,
    weights_of,
)
from qa_center.routing import SHIPPED, Weights
from qa_center.routing.replay import LEAST, calibrate
from qa_center.services import routing_weights_set


class Command(BaseCommand):
    help = (
        "Fit the weights of routing on the first part of a history and print them as JSON. They "
        "are fitted on the earlier 70 % of that part and kept only if they do better than the "
        "shipped ones on the rest of it; the part that routing_replay judges is never looked at."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--history", metavar="FILE", help="JSON lines; default: this database")
        parser.add_argument("--start", metavar="FILE", help="weights to start from, as JSON")
        parser.add_argument("--output", metavar="FILE", help="write the weights to this file")
        parser.add_argument(
            "--share",
            type=float,
            default=0.3,
            help="how much of the history to learn from, from its beginning (default 0.3, which "
            "is what routing_replay leaves out; 1 for weights to be used from now on)",
        )
        parser.add_argument(
            "--adopt",
            metavar="EMAIL",
            help="put fitted weights in force, in the name of the administrator with this address",
        )
        parser.add_argument(
            "--words-only", action="store_true", help="do without vectors: fast, less exact"
        )
        parser.add_argument("--json", action="store_true", help="print the whole result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["share"] <= 1:
            raise CommandError("--share must be above 0 and at most 1.")
        start = weights_of(options["start"], SHIPPED)
        history, name = history_of(options["history"])
        texts, vectors = texts_of(history, words_only=options["words_only"], tell=self.stderr.write)
        found = calibrate(history, texts, start, share=options["share"])
        if options["adopt"] and found.adopted:
            note = f"fitted on {found.fitted_on} of {len(history)} questions"
            _put_in_force(options["adopt"], found.weights, note)
        if options["output"]:
            Path(options["output"]).write_text(found.weights.to_json() + "\n", encoding="utf-8")
        if options["json"]:
            data = {"name": name, "vectors": vectors}
            self.stdout.write(
                json.dumps({**surroundings(), "data": data, **asdict(found)}, indent=2)
            )
            return
        if not found.fitted_on:
            self.stderr.write(
                f"Too little to learn from (under {LEAST} answered questions): as started."
            )
        else:
            self.stderr.write(
                f"fitted on {found.fitted_on}, validated on {found.validated_on} questions: "
                f"loss {found.loss_shipped:.3f} -> {found.loss_fitted:.3f}, "
                f"MRR {found.mrr_shipped:.3f} -> {found.mrr_fitted:.3f}: "
                + ("adopted" if found.adopted else "not adopted, as started")
            )
        if not options["output"]:
            self.stdout.write(found.weights.to_json())


def _put_in_force(email: str, weights: Weights, note: str) -> None:
    actor = User.objects.active().filter(email=email).first()
    if actor is None:
        raise CommandError(f"Nobody who is active has the address {email}.")
    try:
        routing_weights_set(actor=actor, weights=weights, note=note)
    except NotAllowed as error:
        raise CommandError(f"{email}: {error}") from error
