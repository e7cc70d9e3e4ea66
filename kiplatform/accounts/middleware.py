"""A signed-in person's language and time zone hold for their pages."""

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

GetResponse = Callable[[HttpRequest], HttpResponse]


class ViewerMiddleware:
    """Activates the person's own language, unless a cookie of this browser chose another."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whoever it is, without the lazy wrapper, which every later look at a field would pay for.
        user = request.user = get_user(request)
        if user.is_authenticated:
            if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
                translation.activate(user.language)
                request.LANGUAGE_CODE = user.language
            with timezone.override(zoneinfo.ZoneInfo(user.timezone)):
                response = self.get_response(request)
        else:
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response
