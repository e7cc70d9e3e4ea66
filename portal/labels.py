"""The words and tones of states, in one table, so that a state looks the same on every page.

A tone is a set of CSS classes of `.pill`: is-waiting (someone must act), is-info (under way),
is-accent (a good result stands), is-solid (confirmed or kept), is-warn, is-danger, is-ended
(over, nothing left to do).
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class StateLook(NamedTuple):
    """A state's label in the reader's language and its tone."""

    label: str | Promise
    tone: str


STATES: Mapping[str, Mapping[str, StateLook]] = {
    "question": {
        "open": StateLook(pgettext_lazy("question", "Awaiting an answer"), "is-warn is-waiting"),
        "reopened": StateLook(pgettext_lazy("question", "Asked again"), "is-warn is-waiting"),
        "answered": StateLook(pgettext_lazy("question", "Answered"), "is-accent"),
        "confirmed": StateLook(pgettext_lazy("question", "Solved"), "is-accent is-solid"),
        "deflected": StateLook(pgettext_lazy("question", "Found in suggestions"), "is-ended"),
        "withdrawn": StateLook(pgettext_lazy("question", "Withdrawn"), "is-ended"),
    },
    "case": {
        "searching": StateLook(pgettext_lazy("case", "Searching first"), "is-info"),
        "asking": StateLook(pgettext_lazy("case", "Asking colleagues"), "is-warn is-waiting"),
        "discussing": StateLook(pgettext_lazy("case", "In discussion"), "is-info"),
        "proposed": StateLook(pgettext_lazy("case", "Answer proposed"), "is-warn is-waiting"),
        "resolved": StateLook(pgettext_lazy("case", "Resolved"), "is-accent"),
        "captured": StateLook(pgettext_lazy("case", "Kept as knowledge"), "is-accent is-solid"),
        "answered": StateLook(pgettext_lazy("case", "Answered by colleagues"), "is-accent"),
        "answered_from_knowledge": StateLook(
            pgettext_lazy("case", "Answered from knowledge"), "is-accent is-solid"
        ),
        "cancelled": StateLook(pgettext_lazy("case", "Cancelled"), "is-ended"),
        "unanswerable": StateLook(pgettext_lazy("case", "Knowledge gap"), "is-danger"),
    },
    "invitation": {
        "pending": StateLook(pgettext_lazy("invitation", "Invited"), "is-warn is-waiting"),
        "accepted": StateLook(pgettext_lazy("invitation", "Joined"), "is-accent"),
        "declined": StateLook(pgettext_lazy("invitation", "Declined"), "is-ended"),
        "snoozed": StateLook(pgettext_lazy("invitation", "Later"), "is-info"),
        "timed_out": StateLook(pgettext_lazy("invitation", "No reply"), "is-ended"),
        "withdrawn": StateLook(pgettext_lazy("invitation", "Withdrawn"), "is-ended"),
    },
    "proposal": {
        "standing": StateLook(pgettext_lazy("proposal", "Proposed"), "is-info"),
        "accepted": StateLook(pgettext_lazy("proposal", "Accepted"), "is-accent is-solid"),
        "withdrawn": StateLook(pgettext_lazy("proposal", "Withdrawn"), "is-ended"),
    },
    "knowledge": {
        "draft": StateLook(pgettext_lazy("knowledge", "Draft"), "is-ended"),
        "in_review": StateLook(pgettext_lazy("knowledge", "In review"), "is-warn is-waiting"),
        "live": StateLook(pgettext_lazy("knowledge", "Published"), "is-accent"),
        "archived": StateLook(pgettext_lazy("knowledge", "Archived"), "is-ended"),
    },
    "suggestion": {
        "open": StateLook(pgettext_lazy("suggestion", "Being considered"), "is-warn is-waiting"),
        "in_progress": StateLook(pgettext_lazy("suggestion", "Being worked on"), "is-info"),
        "resolved": StateLook(pgettext_lazy("suggestion", "Taken up"), "is-accent"),
        "declined": StateLook(pgettext_lazy("suggestion", "Not taken up"), "is-ended"),
    },
    "complaint": {
        "open": StateLook(pgettext_lazy("complaint", "Being looked into"), "is-warn is-waiting"),
        "in_progress": StateLook(pgettext_lazy("complaint", "Being put right"), "is-info"),
        "resolved": StateLook(pgettext_lazy("complaint", "Put right"), "is-accent"),
        "declined": StateLook(pgettext_lazy("complaint", "Declined"), "is-ended"),
    },
}

VERDICTS: Mapping[str, StateLook] = {
    "likely": StateLook(pgettext_lazy("search", "Likely answers this"), "likely"),
    "close": StateLook(pgettext_lazy("search", "Close, may not answer it"), "close"),
    "nothing": StateLook(pgettext_lazy("search", "Nothing found that answers this"), "nothing"),
}

CASE_STEPS: tuple[tuple[str, str | Promise], ...] = (
    ("searching", pgettext_lazy("case step", "Search")),
    ("asking", pgettext_lazy("case step", "Ask")),
    ("discussing", pgettext_lazy("case step", "Work out")),
    ("proposed", pgettext_lazy("case step", "Propose")),
    ("resolved", pgettext_lazy("case step", "Resolve")),
    ("captured", pgettext_lazy("case step", "Keep")),
)


def state_look(kind: str, state: str) -> StateLook:
    """Return how `state` of a `kind` of thing looks; an unknown state shows its own name."""
    return STATES.get(kind, {}).get(state) or StateLook(state.replace("_", " "), "is-ended")
