"""What every page's frame needs: who looks, where they can go, and how much is unread."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import gettext as _

from kiplatform.accounts.policies import is_contact, is_staff
from kiplatform.notifications.selectors import unread_count
from portal.navigation import portal_navigation, workspace_navigation

# Rooms with a frame of their own.
WITHOUT_FRAME = ("/cms/", "/admin/", "/api/", "/accounts/")


def _menu(settings_url: str, *, staff: bool = False) -> list[dict[str, str]]:
    items = [{"label": _("Settings"), "url": settings_url, "icon": "settings"}]
    if staff:
        items.append({"label": _("My work"), "url": f"{settings_url}work/", "icon": "calendar"})
    return items


def shell(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's context for the person who asks; nothing is read for a fragment."""
    # A request that is refused before anybody is known has no user.
    user = getattr(request, "user", None) or AnonymousUser()
    if request.headers.get("HX-Request") or request.path.startswith(WITHOUT_FRAME):
        return {"viewer": user, "site_name": settings.WAGTAIL_SITE_NAME}
    context: dict[str, Any] = {"viewer": user, "site_name": settings.WAGTAIL_SITE_NAME}
    if is_staff(user):
        context |= {
            "nav": workspace_navigation(user, request.path),
            "home_url": "/workspace/",
            "search_url": "/workspace/search/",
            "palette_url": "/workspace/palette/",
            "notifications_url": "/workspace/notifications/",
            "notification_badge_url": "/workspace/notifications/badge/",
            "menu_items": _menu("/workspace/settings/", staff=True),
            "unread_notifications": unread_count(user),
        }
    elif is_contact(user):
        context |= {
            "nav": portal_navigation(user, request.path),
            "home_url": "/portal/",
            "notifications_url": "/portal/notifications/",
            "notification_badge_url": "/portal/notifications/badge/",
            "menu_items": _menu("/portal/settings/"),
            "unread_notifications": unread_count(user),
        }
    return context
