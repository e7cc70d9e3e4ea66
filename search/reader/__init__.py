"""The readers, and the one factory that chooses among them.

`settings.SEARCH_READER` is "bundled" (the default), "cross-encoder:<name or folder>" (any
sentence-transformers CrossEncoder) or "disabled".
"""

from functools import lru_cache

from django.conf import settings

from search.reader.base import Reader, ReaderUnavailable
from search.reader.disabled import DisabledReader

__all__ = ["Reader", "ReaderUnavailable", "forget", "get_reader"]

CROSS_ENCODER = "cross-encoder:"


def get_reader(*, wait: bool = False) -> Reader:
    """The reader of the settings; one instance per process, safe to share among threads.

    wait: build the bundled reader now if it is not built yet; without it the build starts in
        the background, and ReaderUnavailable (passing) is raised until it is ready.

    Raises ReaderUnavailable with the reason; a setting that names no reader is one too.
    """
    choice = settings.SEARCH_READER
    if choice == "disabled":
        return DisabledReader()
    if choice == "bundled":
        from search.reader.bundled import shared_reader

        return shared_reader(wait=wait)
    if choice.startswith(CROSS_ENCODER):
        return _cross_encoder(choice.removeprefix(CROSS_ENCODER))
    raise ReaderUnavailable(
        f'KIP_SEARCH_READER is "{choice}"; it must be "bundled", "disabled" or '
        f'"{CROSS_ENCODER}<model>".'
    )


@lru_cache(maxsize=2)
def _cross_encoder(model: str) -> Reader:
    from search.reader.cross_encoder import CrossEncoderReader

    return CrossEncoderReader(model)


def forget() -> None:
    """Drop the instances of this process, so that changed settings or files count."""
    from search.reader import bundled

    _cross_encoder.cache_clear()
    bundled.forget()
