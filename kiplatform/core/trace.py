"""One trace id follows a person's act through requests, events, handlers and log lines."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Trace-Id"
_SHAPE = re.compile(r"[0-9a-f]{32}")
_current: ContextVar[str] = ContextVar("trace_id", default="")


def new_trace_id() -> str:
    """Return 32 random hexadecimal digits."""
    return uuid.uuid4().hex


def current_trace_id() -> str:
    """Return the id of the act under way, or an empty string outside of one."""
    return _current.get()


def is_trace_id(value: str) -> bool:
    """Tell whether `value` has the shape of a trace id, so that it can be believed and logged."""
    return bool(_SHAPE.fullmatch(value))


@contextmanager
def trace(trace_id: str = "") -> Iterator[str]:
    """Run the block under `trace_id`, or under a new id where it is empty; yields the id."""
    chosen = trace_id or new_trace_id()
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)
