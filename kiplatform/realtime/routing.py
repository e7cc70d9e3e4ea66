"""The websocket's address, behind the checks of origin and sign-in."""

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from kiplatform.realtime.consumer import LiveConsumer


def websocket_application() -> AllowedHostsOriginValidator:
    """Return the application for websockets: /ws/, from our own pages, for the signed in."""
    routes = URLRouter([path("ws/", LiveConsumer.as_asgi())])
    return AllowedHostsOriginValidator(AuthMiddlewareStack(routes))
