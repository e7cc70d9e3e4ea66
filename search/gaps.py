"""Searches to which nothing fitted, kept as what the company has not written yet.

Guarantee: no person is kept, and nothing that looks like a number, an address or a link; a search
never waits for this.
"""

import re
import threading
from collections import deque

from django.db import IntegrityError, transaction
from django.db.models import F

from kiplatform.core import clock
from search.analysis import detect_language, normalise
from search.models import SearchGap

_LONGEST = 200
# A run that holds an "@" is looked for from its beginning alone, and a number without going back:
# otherwise long runs would be read again from each of their characters.
_PRIVATE = re.compile(r"(?<!\S)\S*@\S+|https?://\S+|www\.\S+|(?<!\d)\d(?:[\s\-]*+\d){3,}+")
_MOST_WAITING = 500
_lock = threading.Lock()
_waiting: deque[tuple[str, str]] = deque(maxlen=_MOST_WAITING)


def without_personal_data(text: str) -> str:
    """`text` normalised and cut, with addresses, links and longer numbers blanked."""
    return " ".join(_PRIVATE.sub("…", normalise(text)).split())[:_LONGEST]


def note(query: str, audience: str) -> None:
    """Remember a search without a result. audience: "staff", "customer" or "public"."""
    with _lock:
        _waiting.append((without_personal_data(query), audience))


def flush() -> None:
    """Write what was noted; called in the background."""
    while True:
        with _lock:
            if not _waiting:
                return
            text, audience = _waiting.popleft()
        _write(text, audience)


def forget() -> None:
    """Drop what was noted and not written."""
    with _lock:
        _waiting.clear()


def _write(text: str, audience: str) -> None:
    rows = SearchGap.objects.filter(text=text, audience=audience)
    if rows.update(times=F("times") + 1, last_at=clock.now()):
        return
    try:
        with transaction.atomic():
            SearchGap.objects.create(text=text, audience=audience, language=detect_language(text))
    except IntegrityError:
        rows.update(times=F("times") + 1, last_at=clock.now())
