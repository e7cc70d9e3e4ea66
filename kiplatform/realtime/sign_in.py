"""Signing a websocket in by the session's cookie, for everybody who comes at the same time.

After a restart thousands of browsers come back at once. Channels' own middleware asks the database
twice for each of them, on connections that it opens and closes; this one asks twice for all that
came while it was asking before.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import Error

from kiplatform.realtime.hub import current

Application = Callable[[Any, Any, Any], Awaitable[None]]


class SignInMiddleware:
    """Puts `user` (or AnonymousUser) and `session_key` into the scope."""

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        try:
            user = await current().person_of(key) if key else None
        except Error:
            # The database is away: refuse, and the browser comes back in a while.
            await receive()
            await send({"type": "websocket.close"})
            return
        scope = scope | {"user": user or AnonymousUser(), "session_key": key}
        await self.application(scope, receive, send)


def signed_in(application: Application) -> Application:
    """Return `application` behind cookies and sign-in."""
    wrapped: Application = CookieMiddleware(SignInMiddleware(application))
    return wrapped
