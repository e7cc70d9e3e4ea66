"""Calls to Elasticsearch that end in time.

Guarantee: every failure comes out as EngineUnavailable with words for people, the details go to
the log; after a failure the callers of the next seconds are told at once instead of waiting for
the same time-out one after the other.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext_lazy as _
from elastic_transport import ConnectionTimeout, TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from elasticsearch.helpers import BulkIndexError, streaming_bulk

from search.engines.base import EngineUnavailable
from search.results import Text

logger = logging.getLogger(__name__)

READ_SECONDS = 2.0
WRITE_SECONDS = 10.0
HASTY_WRITE_SECONDS = 1.0
REFRESH_SECONDS = 180.0
"""After many writes a refresh builds the graph of their vectors."""
PAUSE_SECONDS = 3.0
_BULK_ACTIONS = 500
_BULK_BYTES = 8 * 1024 * 1024
_BAD = 400
_CONFLICT = 409
_NOT_FOUND = 404

AWAY = _("Elasticsearch does not answer. Search is back once it does; nothing is lost.")
SLOW = _("Elasticsearch is too slow now. Search is back once it answers in time.")
LOST = _("The search index is not there; it is being built anew from the database.")
REFUSED = _("Elasticsearch refuses to answer; its log and the platform's say why.")
NO_WRITES = _("Elasticsearch takes no changes now; the newest changes are not found yet.")

Action = dict[str, Any]


class IndexLost(EngineUnavailable):
    """The index is not there, though Elasticsearch is."""

    def __init__(self) -> None:
        super().__init__(LOST)


class Breaker:
    """Remembers that calls fail, lets one in a while try, and answers the others at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until = 0.0
        self._reason: Text = ""

    def enter(self) -> None:
        """Raise EngineUnavailable while resting; after the pause the first caller may try."""
        with self._lock:
            if not self._reason:
                return
            if self._clock() < self._rests_until:
                raise EngineUnavailable(self._reason)
            self._rests_until = self._clock() + PAUSE_SECONDS

    def failed(self, reason: Text) -> None:
        with self._lock:
            self._reason = reason
            self._rests_until = self._clock() + PAUSE_SECONDS

    def worked(self) -> None:
        with self._lock:
            self._reason = ""


class Gateway:
    """The connection to one Elasticsearch; safe to share among threads."""

    def __init__(self, hosts: Sequence[str], clock: Callable[[], float] = time.monotonic) -> None:
        """hosts: URLs of one or more nodes."""
        self._client = Elasticsearch(
            list(hosts),
            max_retries=2,
            retry_on_status=(502, 503, 504),
            # Another node may answer where this one hangs; the only node would hang again.
            retry_on_timeout=len(hosts) > 1,
        )
        self._reads, self._writes = Breaker(clock), Breaker(clock)

    @contextmanager
    def reading(self) -> Iterator[Elasticsearch]:
        """A client whose calls take READ_SECONDS at most. Raises EngineUnavailable."""
        with _guarded(self._reads, AWAY):
            yield self._client.options(request_timeout=READ_SECONDS)

    @contextmanager
    def writing(self, *, patient: bool) -> Iterator[Elasticsearch]:
        """A client for changes. patient: let it take its time, since nobody waits for an answer.
        Raises EngineUnavailable.

        It has a pause of its own: an index that is full or read-only can still be searched.
        A patient caller waits for nobody, so it also tries during a pause.
        """
        with _guarded(Breaker(time.monotonic) if patient else self._writes, NO_WRITES):
            seconds = WRITE_SECONDS if patient else HASTY_WRITE_SECONDS
            yield self._client.options(request_timeout=seconds)

    def refresh(self, index: str, *, patient: bool) -> None:
        """Let searches see what was written."""
        with self.writing(patient=patient) as client:
            if patient:
                client = client.options(request_timeout=REFRESH_SECONDS)
            client.indices.refresh(index=index)

    def bulk(self, actions: Iterator[Action], *, patient: bool) -> set[int]:
        """Carry out bulk actions; returns the passages that Elasticsearch cannot take at all.

        These are told to the log and do not hold up the others. An older version and a missing
        passage are no failures.
        """
        refused: set[int] = set()
        with self.writing(patient=patient) as client:
            answers = streaming_bulk(
                client,
                actions,
                chunk_size=_BULK_ACTIONS,
                max_chunk_bytes=_BULK_BYTES,
                raise_on_error=False,
                max_retries=3 if patient else 0,
                initial_backoff=0.5,
                max_backoff=4,
                require_alias=True,
            )
            for worked, answer in answers:
                if not worked and _is_refused(next(iter(answer.values()))):
                    refused.add(int(next(iter(answer.values()))["_id"]))
        return refused


def _is_refused(result: Mapping[str, Any]) -> bool:
    """Whether a bulk action can never work; raises where the others will not work either."""
    status, error = result["status"], result.get("error")
    if status == _NOT_FOUND and error:
        raise IndexLost
    if status == _BAD:
        logger.error("Elasticsearch cannot take passage %s: %s", result.get("_id"), error)
    elif status not in (_CONFLICT, _NOT_FOUND):
        raise BulkIndexError("a change was refused", [error or {}])
    return bool(status == _BAD)


@contextmanager
def _guarded(breaker: Breaker, away: Text) -> Iterator[None]:
    breaker.enter()
    try:
        yield
    except NotFoundError as error:
        # The index is gone, Elasticsearch is not: no pause, so that it is built again at once.
        logger.warning("Elasticsearch has no such index: %s", error)
        raise IndexLost from error
    except ConnectionTimeout as error:
        raise _unavailable(breaker, SLOW, error) from error
    except TransportError as error:
        raise _unavailable(breaker, away, error) from error
    except BulkIndexError as error:
        raise _unavailable(breaker, NO_WRITES, error, error.errors[:1]) from error
    except ApiError as error:
        if error.status_code >= 500 or away is NO_WRITES:
            raise _unavailable(breaker, away, error) from error
        # It answers, and only this one call is refused: the others need no pause.
        logger.exception("Elasticsearch refused a search")
        raise EngineUnavailable(REFUSED) from error
    breaker.worked()


def _unavailable(
    breaker: Breaker, reason: Text, error: Exception, detail: object = ""
) -> EngineUnavailable:
    logger.warning("Elasticsearch: %s: %s %s", type(error).__name__, error, detail)
    breaker.failed(reason)
    return EngineUnavailable(reason)
