"""A query's vector in time, or the reason why there is none.

Guarantee: never waits longer than TIMEOUT; after a slow or failed call the model gets a pause, so
that a hanging model costs one search its two seconds and not every search.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from django.utils.translation import gettext_lazy as _

from search.embedders import Embedder, EmbedderUnavailable
from search.engines.base import Vector
from search.results import Text

logger = logging.getLogger(__name__)

TIMEOUT = 2.0
PAUSE = 30.0
_REMEMBERED = 512

PREPARING = _("Search by meaning is being prepared. Until then only words are matched.")
AWAY = _("Search by meaning is not available now. Only words are matched.")
SLOW = _("Search by meaning is too slow now. Only words are matched.")


class QueryEmbedder:
    """Embeds queries for one process, remembers the last ones, and gives up in time."""

    def __init__(
        self, get: Callable[[], Embedder], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """get: the embedder; called for every query, may raise EmbedderUnavailable."""
        self._get = get
        self._clock = clock
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="query-embedder")
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], Vector] = OrderedDict()
        self._slow_until = 0.0

    def embed(self, text: str) -> tuple[Vector | None, str, Text]:
        """(unit vector, fingerprint of its recipe, "") or (None, "", why not)."""
        if self._clock() < self._slow_until:
            return None, "", SLOW
        try:
            embedder = self._get()
            vector = self._remembered(embedder, text)
        except EmbedderUnavailable as error:
            logger.info("no query vector: %s", error.reason)
            return None, "", PREPARING if error.passing else AWAY
        except FutureTimeout:
            logger.warning("the embedder took longer than %.1f s", TIMEOUT)
            self._slow_until = self._clock() + PAUSE
            return None, "", SLOW
        return vector, embedder.recipe.fingerprint, ""

    def _remembered(self, embedder: Embedder, text: str) -> Vector:
        key = (embedder.recipe.fingerprint, text)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        vector: Vector = self._pool.submit(embedder.embed_queries, [text]).result(TIMEOUT)[0]
        with self._lock:
            self._known[key] = vector
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return vector
