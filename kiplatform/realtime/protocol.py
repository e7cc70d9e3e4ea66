"""What a browser may say over the websocket; everything else is answered with an error.

Browser: subscribe, unsubscribe, typing, ping. Writes go over HTTP only.
"""

import dataclasses
import json

LONGEST = 4096
_OPERATIONS = {"subscribe", "unsubscribe", "typing", "ping"}
_HIGHEST = 2**53


@dataclasses.dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a browser asks; `channel` is empty for a ping."""

    op: str
    channel: str = ""
    after: int | None = None


def parse(text: str | None) -> Operation | None:
    """Return what `text` asks, or None where it is not a well-formed operation."""
    if not text or len(text) > LONGEST:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    op = message.get("op") if isinstance(message, dict) else None
    if not isinstance(op, str) or op not in _OPERATIONS:
        return None
    if op == "ping":
        return Operation("ping")
    channel, after = message.get("channel"), message.get("after")
    if not isinstance(channel, str) or not 0 < len(channel) <= 80 or not channel.isprintable():
        return None
    if after is not None and (type(after) is not int or not 0 <= after <= _HIGHEST):
        return None
    return Operation(op, channel, after)
