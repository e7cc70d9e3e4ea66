"""What templates need to show the domain: icons, states, times, money, marked passages.

Every tag escapes what it is given; only markup written here reaches the page as markup.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import template
from django.core.paginator import Page
from django.template.context import Context
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import escape, format_html, format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kiplatform.core.choices import Language
from kiplatform.core.clock import now
from portal.labels import CASE_STEPS, VERDICTS, state_look
from portal.shared.hits import as_prose
from portal.texts import script_texts

register = template.Library()

AVATAR_HUES = 6
SOON = timedelta(hours=4)
CURRENCY_SIGNS = {"CNY": "¥", "USD": "US$", "HKD": "HK$", "EUR": "€", "GBP": "£", "SGD": "S$"}
HTML_LANGUAGES = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


@register.simple_tag
def icon(name: str, classes: str = "", label: str = "") -> SafeString:
    """Return the sprite's icon `name`; decorative unless `label` says what it means."""
    role = (
        format_html(' role="img" aria-label="{}"', label)
        if label
        else format_html(' aria-hidden="{}"', "true")
    )
    return format_html(
        '<svg class="icon {}"{}><use href="{}#{}"></use></svg>',
        classes,
        role,
        static("portal/icons.svg"),
        name,
    )


@register.filter
def initials(name: str, which: str = "") -> str:
    """Return the two characters that stand for a person or company in an avatar.

    A Chinese personal name (up to four characters) gives its last two, a longer Chinese name
    (a company), or any with `which` "first", its first two; other names the first letters of their
    first and last word.
    """
    text = str(name or "").strip()
    if not text:
        return "?"
    if "\u3400" <= text[0] <= "\u9fff":
        return text[-2:] if len(text) <= 4 and which != "first" else text[:2]
    words = text.split()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.filter
def hue(key: object) -> int:
    """Return 0..5, always the same for the same `key`: the avatar's colour class."""
    return zlib.crc32(str(key).encode()) % AVATAR_HUES


@register.filter
def money(amount: Decimal | float | None, currency: str = "CNY") -> str:
    """Return an amount with its currency's sign, two decimals and groups of three digits."""
    if amount is None:
        return "—"
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


@register.filter
def plain(passage: str) -> str:
    """Return a passage of knowledge without the signs of Markdown."""
    return as_prose(passage)[0]


@register.filter
def html_language(code: str | None) -> str:
    """Return the BCP 47 tag for the `lang` attribute; the active language when none is given."""
    chosen = (code or get_language() or "zh-hans").lower()
    return HTML_LANGUAGES.get(chosen, chosen)


@register.filter
def other_language(code: str | None) -> str:
    """Return the name of a language that is not the reader's; nothing for either Chinese script."""
    if code not in Language.values or code[:2] == (get_language() or "")[:2]:
        return ""
    return str(Language(code).label)


@register.filter
def highlight(passage: str, marks: Iterable[tuple[int, int]]) -> SafeString:
    """Return `passage` escaped, with the character spans `marks` (start, end) in <mark>."""
    parts: list[tuple[str, str]] = []
    at = 0
    for start, end in sorted(marks or ()):
        start, end = max(start, at), min(end, len(passage))
        if start < end:
            parts.append((passage[at:start], passage[start:end]))
            at = end
    return format_html_join("", "{}<mark>{}</mark>", parts) + escape(passage[at:])


def _ago(seconds: float) -> str:
    minutes, hours, days = int(seconds // 60), int(seconds // 3600), int(seconds // 86400)
    if minutes < 1:
        return _("just now")
    if hours < 1:
        return ngettext("%(n)d minute ago", "%(n)d minutes ago", minutes) % {"n": minutes}
    if days < 1:
        return ngettext("%(n)d hour ago", "%(n)d hours ago", hours) % {"n": hours}
    return ngettext("%(n)d day ago", "%(n)d days ago", days) % {"n": days}


def _span(delta: timedelta) -> str:
    minutes = max(1, int(delta.total_seconds() // 60))
    if minutes < 60:
        return ngettext("%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    days = minutes // (24 * 60)
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


@register.simple_tag
def time_ago(at: datetime | None) -> SafeString | str:
    """Return a <time> that reads "3 minutes ago" within a week and the date before that."""
    if not at:
        return ""
    seconds = (now() - at).total_seconds()
    local = timezone.localtime(at)
    if -60 < seconds < 7 * 86400:
        text = _ago(max(0.0, seconds))
    else:
        same_year = local.year == timezone.localtime(now()).year
        text = formats.date_format(local, "MONTH_DAY_FORMAT" if same_year else "DATE_FORMAT")
    return format_html(
        '<time data-ago datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        formats.date_format(local, "DATETIME_FORMAT"),
        text,
    )


@register.simple_tag
def due(at: datetime | None, ended: bool = False) -> SafeString | str:
    """Return the chip that tells how much time is left; nothing for what has ended."""
    if not at or ended:
        return ""
    left = at - now()
    if left < timedelta(0):
        tone, sign, text = "overdue", "alert", _("Overdue by %(span)s") % {"span": _span(-left)}
    else:
        tone, sign = ("soon" if left <= SOON else "ok"), "clock"
        text = _("%(span)s left") % {"span": _span(left)}
    return format_html(
        '<span class="due due--{}">{}<time datetime="{}" title="{}">{}</time></span>',
        tone,
        icon(sign),
        at.isoformat(timespec="seconds"),
        formats.date_format(timezone.localtime(at), "DATETIME_FORMAT"),
        text,
    )


@register.simple_tag
def state_pill(kind: str, state: str) -> SafeString:
    """Return the pill for a state of a question, case, invitation, proposal, knowledge, ..."""
    look = state_look(kind, str(state))
    return format_html('<span class="pill {}">{}</span>', look.tone, look.label)


@register.simple_tag
def verdict(value: str) -> SafeString | str:
    """Return the search's verdict in words, never as a bare number."""
    look = VERDICTS.get(str(value))
    if look is None:
        return ""
    sign = {"likely": "check-circle", "close": "info"}.get(str(value), "search")
    return format_html(
        '<span class="score score--{}">{}{}</span>', look.tone, icon(sign, "icon--s"), look.label
    )


@register.inclusion_tag("components/case_steps.html")
def case_steps(state: str) -> dict[str, Any]:
    """Return the case's way from search to kept knowledge, with where it stands."""
    keys = [key for key, _label in CASE_STEPS]
    here = keys.index(state) if state in keys else -1
    steps = [
        {"label": label, "done": index < here or state == "captured", "current": index == here}
        for index, (_key, label) in enumerate(CASE_STEPS)
    ]
    return {"steps": steps, "current": state_look("case", state).label}


@register.inclusion_tag("components/meter.html")
def meter(value: int, maximum: int = 5, label: str = "", tone: str = "") -> dict[str, Any]:
    """Return `value` of `maximum` as filled pips with the figures beside them."""
    pips = [index < value for index in range(maximum)]
    return {"pips": pips, "value": value, "maximum": maximum, "label": label, "tone": tone}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any]) -> dict[str, Any]:
    """Return earlier/later links that keep the page's other query parameters."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None
    addresses = {}
    for name, number in (
        ("previous", page.previous_page_number() if page.has_previous() else None),
        ("next", page.next_page_number() if page.has_next() else None),
    ):
        if number is not None and query is not None:
            query["page"] = str(number)
            addresses[name] = "?" + query.urlencode()
    return {"page": page, **addresses}


@register.simple_tag(takes_context=True)
def theme_attribute(context: Context) -> SafeString | str:
    """Return ` data-theme="..."` for <html> when the reader has chosen light or dark."""
    request = context.get("request")
    chosen = request.COOKIES.get("kip_theme") if request is not None else None
    return format_html(' data-theme="{}"', chosen) if chosen in {"light", "dark"} else ""


@register.simple_tag
def js_texts() -> SafeString:
    """Return the sentences that scripts show, in the reader's language, as a JSON block."""
    texts: Mapping[str, str] = script_texts()
    return json_script(texts, "kip-texts")


@register.simple_tag
def new_client_id() -> str:
    """Return a fresh id for a form, so that sending it twice stores it once."""
    return str(uuid4())


@register.filter
def moment(at: datetime) -> str:
    """Return the day in words and the time of day."""
    at = timezone.localtime(at)
    return _("%(day)s, %(time)s") % {"day": day(at), "time": formats.time_format(at)}


@register.filter
def day(at: datetime | date) -> str:
    """Return the day in words relative to today: today, yesterday, or the date."""
    today = timezone.localtime(now()).date()
    on = timezone.localtime(at).date() if isinstance(at, datetime) else at
    if on == today:
        return _("Today")
    if on == today - timedelta(days=1):
        return _("Yesterday")
    return formats.date_format(on, "MONTH_DAY_FORMAT" if on.year == today.year else "DATE_FORMAT")
