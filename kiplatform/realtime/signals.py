"""Signing out closes the sockets of that session at once, in every process."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from kiplatform.realtime.transport import Nudge, publish


@receiver(user_logged_out, dispatch_uid="realtime.signed_out")
def close_sockets(request: HttpRequest | None, **kwargs: Any) -> None:
    key = request.session.session_key if request is not None else None
    if key:
        publish([Nudge(key, kind="signed_out")])
