"""Routing's reasons in a reader's words: stored as plain values, worded when they are shown."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from kiplatform.core.choices import Language
from qa_center.routing import Reason, words

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T")


class ReaderWording:
    """The active language and its formats, as `qa_center.routing` asks for them."""

    def gettext(self, message: str, /) -> str:
        return gettext(message)

    def ngettext(self, singular: str, plural: str, number: int, /) -> str:
        return ngettext(singular, plural, number)

    def month(self, at: datetime, /) -> str:
        return str(formats.date_format(timezone.localtime(at), "YEAR_MONTH_FORMAT"))

    def moment(self, at: datetime | date, /) -> str:
        if isinstance(at, datetime):
            return str(formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT"))
        return str(formats.date_format(at, "SHORT_DATE_FORMAT"))

    def language(self, code: str, /) -> str:
        return str(Language(code).label)


def stored(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Return reasons as JSON holds them."""
    return [
        {
            "kind": reason.kind,
            "params": {
                key: value.isoformat() if isinstance(value, date) else value
                for key, value in reason.params.items()
            },
        }
        for reason in reasons
    ]


def worded(reasons: Iterable[Reason | Mapping[str, Any]]) -> list[str]:
    """Return each reason, as routing gave it or as it was stored, in the active language."""
    wording = ReaderWording()
    return [words(_reason(reason), wording) for reason in reasons]


def _reason(reason: Reason | Mapping[str, Any]) -> Reason:
    if isinstance(reason, Reason):
        return reason
    params = {key: _value(value) for key, value in reason["params"].items()}
    return Reason(kind=reason["kind"], params=params)


def _value(value: Any) -> Any:
    if isinstance(value, str) and _MOMENT.match(value):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value
