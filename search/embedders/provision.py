"""Gives a process its one instance of a built model, and builds the model where it is missing.

Guarantee: `get` never blocks longer than reading the files unless told to wait; a failed build
is reported with its reason and tried again, not more often than once a minute.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from search.embedders.store import Artifact, prepare, ready

logger = logging.getLogger(__name__)

Made = TypeVar("Made")

_RETRY_SECONDS = 60.0


class NotReady(Exception):
    """There is no instance now; `passing` where waiting helps."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.reason, self.passing = reason, passing


class Provision(Generic[Made]):
    """Opens, and where needed builds, one artifact in one folder."""

    def __init__(self, home: Path, artifact: Artifact, open_model: Callable[[Path], Made]) -> None:
        """open_model: makes the instance from the artifact's folder."""
        self._home, self._artifact, self._open = home, artifact, open_model
        self._lock = threading.Lock()
        self._made: Made | None = None
        self._builder: threading.Thread | None = None
        self._failure: tuple[str, float] | None = None

    def get(self, *, wait: bool) -> Made:
        """The instance; raises NotReady (never a passing one where `wait` is set)."""
        if self._made is not None:
            return self._made
        with self._lock:
            if self._made is None:
                self._made = self._opened(wait)
            return self._made

    def _opened(self, wait: bool) -> Made:
        if not wait and self._builder is not None and self._builder.is_alive():
            raise NotReady(self._being_built(), passing=True)
        try:
            folder = prepare(self._home, self._artifact) if wait else self._finished()
            return self._open(folder)
        except NotReady:
            raise
        except Exception as error:
            # The libraries below raise errors of their own kinds for bad files, little memory
            # and missing instructions; search must go on without the model in all of them.
            logger.exception("The model %s cannot be used", self._artifact.name)
            raise NotReady(f"{self._artifact.name}: {error}", passing=False) from error

    def _finished(self) -> Path:
        if folder := ready(self._home, self._artifact):
            return folder
        if self._failure and time.monotonic() - self._failure[1] < _RETRY_SECONDS:
            raise NotReady(self._failure[0], passing=False)
        self._builder = threading.Thread(
            target=self._build, name=f"build-{self._artifact.name}", daemon=True
        )
        self._builder.start()
        raise NotReady(self._being_built(), passing=True)

    def _build(self) -> None:
        try:
            prepare(self._home, self._artifact)
            self._failure = None
        except Exception as error:
            # A thread has nobody to raise to; the next `get` tells.
            logger.exception("The model %s cannot be built", self._artifact.name)
            self._failure = f"{self._artifact.name} cannot be built: {error}", time.monotonic()

    def _being_built(self) -> str:
        return f"The model {self._artifact.name} is being prepared; this takes some seconds."
