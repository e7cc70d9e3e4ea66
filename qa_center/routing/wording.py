"""Reasons in words.

Guarantee: every kind of reason that `reasons` gives has words (a test walks all of them), and the
words come from the `Wording` that is passed in, so this package needs no framework and the texts
are still found by `makemessages`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from .facts import Reason


class Wording(Protocol):
    """The reader's language: gettext and the formats of dates and names."""

    def gettext(self, message: str, /) -> str:
        """The message in the reader's language."""
        ...

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        """The message in the reader's language and number."""
        ...

    def month(self, at: datetime, /) -> str:
        """A month as the reader writes it, such as "March 2026"."""
        ...

    def moment(self, at: datetime | date, /) -> str:
        """A day, with the time if it has one, as the reader writes it."""
        ...

    def language(self, code: str, /) -> str:
        """The name of a language."""
        ...


def words(reason: Reason, wording: Wording) -> str:
    """One reason in words. Raises KeyError for an unknown kind."""
    return _WORDS[reason.kind](reason.params, wording)


def sentence(reasons: Sequence[Reason], wording: Wording) -> str:
    """All reasons in one line, such as "answered 3 similar questions, last in March; free now"."""
    return wording.gettext("; ").join(words(reason, wording) for reason in reasons)


Params = Mapping[str, Any]


def _similar_answers(params: Params, wording: Wording) -> str:
    ngettext = wording.ngettext
    text = ngettext(
        "answered %(count)d similar question, last in %(month)s",
        "answered %(count)d similar questions, last in %(month)s",
        params["count"],
    )
    return text % {"count": params["count"], "month": wording.month(params["last"])}


def _recent_answers(params: Params, wording: Wording) -> str:
    ngettext = wording.ngettext
    text = ngettext(
        "answered %(count)d question in the last 30 days",
        "answered %(count)d questions in the last 30 days",
        params["count"],
    )
    return text % {"count": params["count"]}


def _past_answers(params: Params, wording: Wording) -> str:
    ngettext = wording.ngettext
    text = ngettext(
        "answered %(count)d question before, last in %(month)s",
        "answered %(count)d questions before, last in %(month)s",
        params["count"],
    )
    return text % {"count": params["count"], "month": wording.month(params["last"])}


def _owned_page(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("owns knowledge on this: %(title)s") % {"title": params["title"]}


def _verified_page(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("verified knowledge on this: %(title)s") % {"title": params["title"]}


def _skill(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    levels = {
        1: gettext("knows %(topic)s"),
        2: gettext("knows %(topic)s well"),
        3: gettext("is an expert on %(topic)s"),
    }
    return levels[params["level"]] % {"topic": params["topic"]}


def _department(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("is in the department concerned")


def _language(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("speaks %(language)s") % {"language": wording.language(params["language"])}


def _responses(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    text = gettext("accepted %(accepted)d of %(asked)d invitations")
    return text % {"accepted": params["accepted"], "asked": params["asked"]}


def _free_now(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("free now")


def _busy_now(params: Params, wording: Wording) -> str:
    ngettext = wording.ngettext
    text = ngettext(
        "at work now, with %(load)d open case",
        "at work now, with %(load)d open cases",
        params["load"],
    )
    return text % {"load": params["load"]}


def _back_at(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("back at work %(moment)s") % {"moment": wording.moment(params["at"])}


def _no_hours(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("has no working hours set")


def _away(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("absent until %(day)s") % {"day": wording.moment(params["until"])}


def _at_cap(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    text = gettext("has %(load)d of at most %(cap)d open cases")
    return text % {"load": params["load"], "cap": params["cap"]}


def _asker(params: Params, wording: Wording) -> str:
    gettext = wording.gettext
    return gettext("opened this case")


_WORDS: Mapping[str, Callable[[Params, Wording], str]] = {
    "similar_answers": _similar_answers,
    "recent_answers": _recent_answers,
    "past_answers": _past_answers,
    "owned_page": _owned_page,
    "verified_page": _verified_page,
    "skill": _skill,
    "department": _department,
    "language": _language,
    "responses": _responses,
    "free_now": _free_now,
    "busy_now": _busy_now,
    "back_at": _back_at,
    "no_hours": _no_hours,
    "away": _away,
    "at_cap": _at_cap,
    "asker": _asker,
}
KINDS = frozenset(_WORDS)
