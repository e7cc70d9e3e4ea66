"""The ASGI application: pages over HTTP, live updates over one websocket, the relay beside them."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiplatform.settings.production")

import django

# Django is set up before anything that imports tables.
django.setup()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from kiplatform.core.pages import PageHandler  # noqa: E402
from kiplatform.realtime.lifespan import Lifespan  # noqa: E402
from kiplatform.realtime.routing import websocket_application  # noqa: E402

application = ProtocolTypeRouter(
    {"http": PageHandler(), "websocket": websocket_application(), "lifespan": Lifespan()}
)
