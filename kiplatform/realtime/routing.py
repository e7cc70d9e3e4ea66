"""The websocket's address, behind the checks of origin and sign-in."""

from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator, OriginValidator
from django.urls import path

from kiplatform.realtime.consumer import LiveConsumer
from kiplatform.realtime.sign_in import signed_in


def websocket_application() -> OriginValidator:
    """Return the application for websockets: /ws/, from our own pages, for the signed in."""
    # The stubs know views alone; an ASGI application is what URLRouter wants.
    routes = URLRouter([path("ws/", LiveConsumer.as_asgi())])  # type: ignore[arg-type, list-item]
    return AllowedHostsOriginValidator(signed_in(routes))
