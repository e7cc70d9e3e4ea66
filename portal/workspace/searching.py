"""The search page and the palette: what was asked, narrowed by filters that show what is there.

Guarantee: hits and counts come from search alone, which shows nothing that its viewer may not see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from customer_knowledge import selectors
from customer_knowledge.models import Product, Question
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import has_role
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.numbers import whole_number
from manager_knowledge.choices import KnowledgeType
from portal.workspace.addresses import ANSWERERS
from portal.workspace.customers import named
from portal.workspace.hits import KINDS, Shown, shown
from portal.workspace.listing import Chip, chips, with_query
from search.results import Results
from search.services import search, suggest

PAGE = 10
LONGEST = 2000
MOST_PAGES = 20
AGES: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("search", "Any time")),
    ("7", _("Last 7 days")),
    ("30", _("Last 30 days")),
    ("365", _("Last year")),
)
VERIFIED: tuple[tuple[str, str | Promise], ...] = (
    ("", pgettext_lazy("search", "All")),
    ("1", _("Verified or confirmed")),
)
FILTERS = ("kind", "type", "language", "age", "verified", "product")
PALETTE_KINDS = frozenset({"knowledge", "question", "answer", "case"})
PALETTE_MOST = 6


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results, with the filters that fit what was found."""

    query: str
    results: Results | None
    hits: Sequence[Shown]
    kinds: Sequence[Chip]
    types: Sequence[Chip]
    languages: Sequence[Chip]
    ages: Sequence[Chip]
    verified: Sequence[Chip]
    products: Sequence[Product]
    product: str
    filtered: bool
    previous: str
    next: str


def page_of(request: HttpRequest, viewer: User) -> Page:
    """Return what the address asks for; without a query only the filters."""
    query = request.GET.get("q", "").strip()[:LONGEST]
    number = _number(request)
    results = _found(request, viewer, query, number) if query else None
    counts: Mapping[str, Mapping[str, int]] = results.counts if results else {}
    total = results.total if results else 0
    more = number * PAGE < total and number < MOST_PAGES
    joint = with_query(request)
    return Page(
        query=query,
        results=results,
        hits=shown(viewer, results.hits) if results else [],
        kinds=_kinds(request, viewer, counts, total),
        types=_with(request, "type", _types(), counts.get("type", {})),
        languages=_with(request, "language", Language.choices, counts.get("language", {})),
        ages=chips(request, "age", AGES),
        verified=chips(request, "verified", VERIFIED),
        products=list(selectors.products_for(viewer)),
        product=request.GET.get("product", ""),
        filtered=any(request.GET.get(name) for name in FILTERS),
        previous=f"{joint}&page={number - 1}" if number > 1 else "",
        next=f"{joint}&page={number + 1}" if more else "",
    )


def _number(request: HttpRequest) -> int:
    return max(1, min(whole_number(request.GET.get("page", "")), MOST_PAGES))


def _found(request: HttpRequest, viewer: User, query: str, number: int) -> Results:
    asked = request.GET
    kind = asked.get("kind", "")
    return search(
        query,
        viewer,
        kinds={kind} if kind in KINDS else set(KINDS),
        facets=_facets(asked),
        limit=PAGE,
        offset=(number - 1) * PAGE,
        reader=number == 1,
    )


def _facets(asked: Mapping[str, Any]) -> dict[str, str]:
    facets = {name: asked[name] for name in ("type", "product") if asked.get(name)}
    if asked.get("language") in Language.values:
        facets["language"] = asked["language"]
    if asked.get("verified") == "1":
        facets["verified"] = "1"
    if asked.get("age") in dict(AGES) and asked.get("age"):
        since = clock.now() - timedelta(days=int(asked["age"]))
        facets["since"] = since.isoformat()
    return facets


def _kinds(
    request: HttpRequest, viewer: User, counts: Mapping[str, Mapping[str, int]], total: int
) -> list[Chip]:
    found = counts.get("kind", {})
    every = (("", _("Everything")), *KINDS.items())
    chosen = request.GET.get("kind", "")
    known = {"": total if not chosen else "", **found}
    links = chips(request, "kind", every)
    return [
        Chip(chip.label, chip.url, chip.active, known.get(value, ""))
        for chip, (value, _label) in zip(links, every, strict=True)
        if chip.active or chosen or not value or value in found
    ]


def _types() -> list[tuple[str, str | Promise]]:
    return [*KnowledgeType.choices, *Question.Kind.choices]


def _with(
    request: HttpRequest,
    name: str,
    choices: Sequence[tuple[str, Any]],
    counts: Mapping[str, int],
) -> list[Chip]:
    """Return a filter with those of its choices that were found, and the chosen one."""
    chosen = request.GET.get(name, "")
    shown = [(value, label) for value, label in choices if value in counts or value == chosen]
    every: list[tuple[str, Any]] = [("", pgettext_lazy("search", "All")), *shown]
    return chips(request, name, every, counts=dict(counts)) if shown else []


@dataclass(frozen=True, slots=True)
class Found:
    """A line of the palette."""

    title: str
    url: str
    icon: str
    note: str


def palette_of(viewer: User, query: str) -> tuple[list[Found], str]:
    """Return what a few typed characters may mean, customers first, and why search is degraded."""
    query = query.strip()[:LONGEST]
    if not query:
        return [], ""
    results = suggest(query, viewer, kinds=PALETTE_KINDS, limit=PALETTE_MOST)
    found = [
        Found(hit.title, hit.url, hit.icon, hit.kind_label)
        for hit in shown(viewer, results.hits)
        if hit.url
    ]
    every = Found(
        gettext("Search for “%(query)s”") % {"query": query[:60]},
        search_url(query),
        "search",
        "",
    )
    return [*_customers(viewer, query), *found, every], str(results.reason)


def search_url(query: str) -> str:
    """Return the search page's address for `query`."""
    return f"{reverse('workspace:search')}?{urlencode({'q': query})}"


def _customers(viewer: User, query: str) -> list[Found]:
    if not has_role(viewer, *ANSWERERS):
        return []
    rows = selectors.customers_for(viewer).filter(named(viewer, query[:100]))[:4]
    return [
        Found(
            row.name,
            reverse("workspace:customer", args=[row.public_id]),
            "building" if row.kind == "organisation" else "user",
            gettext("Customer"),
        )
        for row in rows
    ]
