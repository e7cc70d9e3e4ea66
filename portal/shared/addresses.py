"""Where a person reads what search, citations and notifications name by kind and key.

Guarantee: an address says nothing about whether the thing exists or may be seen; its page decides.
"""

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.policies import is_staff

# Kinds as search names them -> the part of the path under the reader's own room.
PATHS = {
    "knowledge": "knowledge/{}/",
    "question": "questions/{}/",
    "answer": "answers/{}/",
    "product_comment": "feedback/productcomment/{}/",
    "market_comment": "feedback/marketcomment/{}/",
    "complaint": "feedback/complaint/{}/",
    "suggestion": "feedback/suggestion/{}/",
}


def room_of(viewer: Viewer) -> str:
    """Return the first part of every address that `viewer` works under."""
    return "/workspace/" if is_staff(viewer) else "/portal/"


def address_of(viewer: Viewer, kind: str, key: str) -> str:
    """Return the path of the page that shows a thing to `viewer`, "" for a kind without one."""
    path = PATHS.get(kind)
    return room_of(viewer) + path.format(key) if path else ""
