"""Answers of a little earlier, for while the search engine is away.

Guarantee: an earlier answer goes only to somebody with the very rights of the one who got it, and
what the database does not let them see any more is left out; it says that it is an earlier one.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from search.results import Results
from search.searching import Query

MOST = 500
LONGEST_SECONDS = 3600.0

EARLIER = _("Search is not available now. This is what was found a little earlier.")


class EarlierAnswers:
    """The last answers of one process; safe to share among threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Results]] = OrderedDict()

    def keep(self, query: Query, results: Results) -> None:
        """Remember an answer."""
        with self._lock:
            self._kept[_key(query)] = (self._clock(), results)
            self._kept.move_to_end(_key(query))
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def recall(self, query: Query) -> Results | None:
        """What the same query found before, as far as it may be seen now; None if nothing."""
        with self._lock:
            at, results = self._kept.get(_key(query), (0.0, Results()))
        if not results.hits or self._clock() - at > LONGEST_SECONDS:
            return None
        by_kind: dict[str, list[str]] = {}
        for hit in results.hits:
            by_kind.setdefault(hit.kind, []).append(hit.key)
        visible = {kind: query.authorise(kind, keys) for kind, keys in by_kind.items()}
        hits = tuple(hit for hit in results.hits if hit.key in visible[hit.kind])
        # How many there were may tell of things that may not be seen any more.
        return replace(results, hits=hits, reason=EARLIER, counts={}, total=len(hits))


def _key(query: Query) -> Hashable:
    scope = query.scope
    facets = tuple(sorted(scope.facets.items()))
    page = (query.script, query.limit, query.offset)
    return (query.text, scope.tokens, scope.kinds, facets, page)
