"""The one door to search for the other apps.

Guarantee: `search`, `suggest` and `similar` never raise for what a person typed, and show nothing
that the database does not let the viewer see at that moment.
"""

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from kiplatform.accounts.access import STAFF, Viewer, tokens_for
from kiplatform.accounts.models import User
from search import background, gaps, runtime
from search.analysis import detect_language
from search.embedders import EmbedderUnavailable, get_embedder
from search.embedding import embed_pending
from search.engines import EngineUnavailable
from search.engines.base import Scope
from search.models import SearchVote
from search.results import Explanation, Hit, Results
from search.searching import Query, away
from search.sources import registry
from search.sync import Action

__all__ = [
    "Explanation",
    "Hit",
    "Results",
    "embed_now",
    "embed_soon",
    "search",
    "similar",
    "suggest",
    "sync_now",
    "vote",
]

logger = logging.getLogger(__name__)

MOST_HITS = 50


def search(
    query: str,
    viewer: Viewer,
    *,
    kinds: Collection[str] | None = None,
    facets: Mapping[str, str] | None = None,
    limit: int = 10,
    offset: int = 0,
    reader: bool = False,
) -> Results:
    """Find what answers a submitted query.

    kinds: only these; None for all. facets: name -> value, all must agree; "language",
        "verified" ("1", "0") and "since" (ISO date) work for every kind.
    limit: 1 to 50 hits from `offset` on. reader: let the reader reorder the first hits; takes up
        to 0.4 s more.
    """
    results = _run(query, viewer, kinds, facets, limit, offset, reader, learn=True)
    if results.verdict == "nothing" and results.mode != "none" and not offset:
        gaps.note(query, _audience(tokens_for(viewer)))
    if settings.EVENTS_RELAY != "manual":
        background.running()
    return results


def suggest(
    query: str,
    viewer: Viewer,
    *,
    kinds: Collection[str] | None = None,
    facets: Mapping[str, str] | None = None,
    limit: int = 5,
) -> Results:
    """Find what may answer while the query is still being typed; never reads, never learns."""
    return _run(query, viewer, kinds, facets, limit, 0, reader=False, learn=False)


def similar(
    kind: str,
    key: str,
    viewer: Viewer,
    *,
    kinds: Collection[str] | None = None,
    limit: int = 5,
) -> Results:
    """Find what says nearly the same as a document, nearest first, without the document itself."""
    query = _query("", viewer, kinds, None, limit)
    try:
        return runtime.searcher().similar(kind, key, query)
    except EngineUnavailable as error:
        logger.warning("the search engine is unavailable: %s", error.reason)
        return Results(reason=away(error, query.scope))


def sync_now(kind: str, keys: Iterable[str], *, embed: bool = True) -> Counter[Action]:
    """Bring documents of `kind` up to date; returns how many needed what.

    embed: make the vectors at once as well, if the model is there; otherwise they follow later.
    Raises KeyError for a kind without a source, EngineUnavailable.
    """
    source = registry.get(kind)
    if source is None:
        raise KeyError(kind)
    done = runtime.synchroniser().sync(source, keys)
    if embed and done[Action.EMBED]:
        embed_now()
    return done


def embed_now() -> int:
    """Make the vectors that are missing; returns how many were made, 0 without a model."""
    try:
        return embed_pending(get_embedder())
    except EmbedderUnavailable as error:
        logger.info("no vectors for now: %s", error.reason)
        return 0


def embed_soon() -> None:
    """Make the vectors that are missing in the background."""
    background.running().embed()


def vote(viewer: User, *, kind: str, key: str, query: str, helpful: bool) -> None:
    """Note whether a hit helped with a query; a second vote replaces the first."""
    voter = salted_hmac("search.vote", viewer.public_id, algorithm="sha256").hexdigest()[:32]
    text = gaps.without_personal_data(query)
    SearchVote.objects.update_or_create(
        kind=kind,
        key=key,
        query=text,
        voter=voter,
        defaults={"helpful": helpful, "language": detect_language(text)},
    )


def _run(
    text: str,
    viewer: Viewer,
    kinds: Collection[str] | None,
    facets: Mapping[str, str] | None,
    limit: int,
    offset: int,
    reader: bool,
    learn: bool,
) -> Results:
    query = _query(text, viewer, kinds, facets, limit, offset, reader, learn)
    try:
        results = runtime.searcher().search(query)
    except EngineUnavailable as error:
        logger.warning("the search engine is unavailable: %s", error.reason)
        results = Results(reason=away(error, query.scope))
    if results.mode != "none":
        runtime.earlier().keep(query, results)
    elif results.reason:
        results = runtime.earlier().recall(query) or results
    if results.reason and settings.EVENTS_RELAY != "manual":
        background.running().follow()
    return results


def _query(
    text: str,
    viewer: Viewer,
    kinds: Collection[str] | None,
    facets: Mapping[str, str] | None,
    limit: int,
    offset: int = 0,
    reader: bool = False,
    learn: bool = False,
) -> Query:
    def authorise(kind: str, keys: Sequence[str]) -> set[str]:
        source = registry.get(kind)
        return source.visible_keys(viewer, keys) if source else set()

    return Query(
        text=text,
        scope=Scope(
            tokens=tokens_for(viewer),
            kinds=None if kinds is None else frozenset(kinds),
            facets=dict(facets or {}),
        ),
        authorise=authorise,
        script=get_language() or "",
        limit=max(1, min(limit, MOST_HITS)),
        offset=max(0, offset),
        read=reader,
        learn=learn,
    )


def _audience(tokens: frozenset[str]) -> str:
    if STAFF in tokens:
        return "staff"
    return "customer" if len(tokens) > 1 else "public"
