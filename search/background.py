"""What search does beside requests: vectors for what is new, and notes on what was asked.

Guarantee: whatever fails here is logged and tried again; it never reaches a request.
"""

import logging
import threading

from django.db import DatabaseError, close_old_connections, connection

from search import gaps, runtime
from search.embedders import EmbedderUnavailable, get_embedder
from search.embedding import embed_pending
from search.engines import EngineUnavailable

logger = logging.getLogger(__name__)

_FLUSH_SECONDS = 30.0
_RETRY_SECONDS = 2.0
_SLICE = 64


class Background(threading.Thread):
    """One thread per process, started by its first search or first change."""

    def __init__(self) -> None:
        super().__init__(name="search-background", daemon=True)
        self._wake = threading.Event()
        self._embed = threading.Event()

    def embed(self) -> None:
        """Embed what waits, soon, and let the engine follow."""
        self._embed.set()
        self._wake.set()

    def follow(self) -> None:
        """Let the engine follow the database, soon."""
        self._wake.set()

    def run(self) -> None:
        while True:
            close_old_connections()
            # Words first: they are found while the vectors are still being made.
            pause = _FLUSH_SECONDS if _followed() else _RETRY_SECONDS
            try:
                runtime.searcher().meanings.flush()
                gaps.flush()
                if self._embed.is_set():
                    self._embed.clear()
                    # In slices, so that a long run lets go of the thread's other duties.
                    if embed_pending(get_embedder(), limit=_SLICE):
                        self._embed.set()
                        pause = 0.0
            except EmbedderUnavailable as error:
                if error.passing:
                    self._embed.set()
                    pause = _RETRY_SECONDS
            except DatabaseError as error:
                # Mostly a long write of somebody else's; nothing is lost, it is tried again.
                logger.warning("search waits to write its notes: %s", type(error).__name__)
                self._embed.set()
                pause = _RETRY_SECONDS
            connection.close()
            self._wake.wait(pause)
            self._wake.clear()


def _followed() -> bool:
    """Let the engine follow the database; False where that has to be tried again."""
    try:
        runtime.engine().follow()
    except EngineUnavailable as error:
        logger.warning("the search engine does not follow: %s", error.reason)
        return False
    except DatabaseError as error:
        logger.warning("search could not read its changes: %s", type(error).__name__)
        return False
    return True


_lock = threading.Lock()
_running: Background | None = None


def running() -> Background:
    """The thread of this process, started on first use."""
    global _running
    with _lock:
        if _running is None or not _running.is_alive():
            _running = Background()
            _running.start()
        return _running
