"""manage.py search: what a person would find, with the reasons; the first look when asked why."""

import contextlib
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from search import services
from search.embedders import EmbedderUnavailable, get_embedder
from search.results import Hit


class Command(BaseCommand):
    help = "Search as a person and print the hits with their explanations."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--as", dest="email", default="", help="e-mail; default: anonymous")
        parser.add_argument("--kind", action="append", help="only this kind; may be repeated")
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--reader", action="store_true", help="let the reader reorder the hits")

    def handle(self, *args: Any, **options: Any) -> None:
        viewer = _viewer(options["email"])
        with contextlib.suppress(EmbedderUnavailable):
            # A command can wait for the model; if there is none, the results say so.
            get_embedder(wait=True)
        results = services.search(
            options["query"],
            viewer,
            kinds=options["kind"],
            limit=options["limit"],
            reader=options["reader"],
        )
        self.stdout.write(f"mode {results.mode}, verdict {results.verdict}, {results.total} found")
        if results.reason:
            self.stdout.write(str(results.reason))
        for hit in results.hits:
            self._print(hit)

    def _print(self, hit: Hit) -> None:
        why = hit.explanation
        dense = "-" if why.dense is None else f"{why.dense:.3f}"
        reader = "-" if why.reader is None else f"{why.reader:.2f}"
        self.stdout.write(
            f"\n{hit.rank}. {hit.title}  [{hit.kind} {hit.key}, {hit.language}, {hit.verdict}]\n"
            f"   {hit.passage}\n"
            f"   score {hit.score:.3f} = words {why.lexical:.3f}, meaning {dense}, reader {reader},"
            f" boost {why.boost:.2f}{', verified' if why.verified else ''};"
            f" matched: {' '.join(why.words) or '-'}"
        )


def _viewer(email: str) -> Viewer:
    if not email:
        return AnonymousUser()
    user: User | None = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise CommandError(f"Nobody has the e-mail address {email}.")
    return user
