"""Notifications and personal settings, the same pages in both rooms.

A room includes `portal.shared.personal_urls` in its own addresses; the names are then
<room>:notifications, <room>:notification, <room>:notifications_read, <room>:notifications_badge,
<room>:settings. Guarantee: people see and change their own alone.
"""

import zoneinfo
from datetime import time
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kiplatform.accounts import services as accounts
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language
from kiplatform.core.errors import InvalidInput
from kiplatform.notifications import selectors, services
from kiplatform.notifications.models import EmailChoice
from portal.shared.gates import SignedInRequest, signed_in
from portal.shared.thread_views import is_fragment

PAGE = 30
IN_BELL = 8
YEAR = 365 * 24 * 3600
ICONS = {
    "question": "question",
    "message": "chat",
    "feedback": "star",
    "knowledge": "book",
    "case": "research",
    "invitation": "users",
}
# The zones that most people here live in come first; every other one is offered after them.
NEAR = ("Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo")


def room_of(request: HttpRequest) -> str:
    """Return the namespace of the room that the address belongs to."""
    match = request.resolver_match
    return (match.namespace if match else "") or "portal"


def _entries(user: User, room: str, **options: Any) -> list[dict[str, Any]]:
    return [
        {
            "public_id": entry.public_id,
            "title": entry.title,
            "body": entry.body,
            "url": reverse(f"{room}:notification", args=[entry.public_id]),
            "icon": ICONS.get(entry.type.partition(".")[0], "bell"),
            "at": entry.created_at,
            "unread": entry.unread,
            "urgent": entry.urgent,
        }
        for entry in selectors.inbox(user, **options)
    ]


@require_GET
@signed_in
def notifications(request: SignedInRequest) -> HttpResponse:
    """List what the person was told; for the bell, the newest alone."""
    room = room_of(request)
    if is_fragment(request):
        context = {"notifications": _entries(request.user, room, limit=IN_BELL)}
        return render(request, "components/notification_list.html", context)
    unread = request.GET.get("show") == "unread"
    entries = _entries(
        request.user,
        room,
        limit=PAGE + 1,
        before=request.GET.get("before", ""),
        unread_only=unread,
    )
    context = _frame(request) | {
        "entries": entries[:PAGE],
        "more": entries[PAGE - 1]["public_id"] if len(entries) > PAGE else "",
        "unread_only": unread,
        "room": room,
    }
    return render(request, "portal/shared/notifications.html", context)


@require_GET
@signed_in
def notification(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Mark one as read and lead to what it is about."""
    row = services.mark_read(request.user, public_id=public_id)
    return redirect(row.url)


@require_POST
@signed_in
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark all as read."""
    services.mark_all_read(request.user)
    return redirect(f"{room_of(request)}:notifications")


@require_GET
@signed_in
def badge(request: SignedInRequest) -> HttpResponse:
    """Answer the bell's number."""
    context = {
        "unread_notifications": selectors.unread_count(request.user),
        "notification_badge_url": reverse(f"{room_of(request)}:notifications_badge"),
    }
    return render(request, "components/notification_badge.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def personal(request: SignedInRequest) -> HttpResponse:
    """Show one's settings, or store one of their parts."""
    if request.method == "GET":
        return _settings(request)
    deed = DEEDS.get(request.POST.get("part", ""))
    try:
        if deed is None:
            raise InvalidInput(_("Please choose one of the options."))
        with transaction.atomic():
            deed(request)
    except InvalidInput as error:
        return _settings(request, error)
    messages.success(request, _("Saved."))
    response = redirect(f"{room_of(request)}:settings")
    if request.POST["part"] == "language":
        # The cookie of this browser would otherwise keep the language chosen before.
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, request.user.language, max_age=YEAR, samesite="Lax"
        )
    return response


def _settings(request: SignedInRequest, error: InvalidInput | None = None) -> HttpResponse:
    context = _frame(request) | {
        "room": room_of(request),
        "languages": Language.choices,
        "zones": _zones(),
        "choices": selectors.preferences(request.user),
        "email_choices": EmailChoice.choices,
        "hours": selectors.mail_hours(request.user),
        "part": request.POST.get("part", ""),
        "error": error,
    }
    status = error.status if error else 200
    return render(request, "portal/shared/settings.html", context, status=status)


def _zones() -> list[str]:
    known = zoneinfo.available_timezones()
    rest = sorted(name for name in known if "/" in name and not name.startswith("Etc/"))
    return [*NEAR, *(name for name in rest if name not in NEAR)]


def _language(request: SignedInRequest) -> None:
    accounts.language_set(actor=request.user, language=request.POST.get("language", ""))
    accounts.timezone_set(actor=request.user, timezone=request.POST.get("timezone", ""))
    translation.activate(request.user.language)


def _kinds(request: SignedInRequest) -> None:
    for choice in selectors.preferences(request.user):
        key = choice.type.key
        services.preferences_set(
            request.user,
            type=key,
            in_app=f"in_app:{key}" in request.POST,
            email=request.POST.get(f"email:{key}", choice.email),
        )


def _hours(request: SignedInRequest) -> None:
    services.mail_hours_set(
        request.user,
        quiet_from=_time(request, "quiet_from"),
        quiet_until=_time(request, "quiet_until"),
        digest_at=_time(request, "digest_at") or time(8),
    )


def _time(request: SignedInRequest, name: str) -> time | None:
    value = request.POST.get(name, "")
    if not value:
        return None
    try:
        parsed = parse_time(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is not None:
        raise InvalidInput(_("This is not a time of day."), field=name)
    return parsed


DEEDS = {"language": _language, "kinds": _kinds, "hours": _hours}


def _frame(request: SignedInRequest) -> dict[str, Any]:
    staff = request.user.is_staff_member
    return {"frame": "portal/base_workspace.html" if staff else "portal/base_portal.html"}
