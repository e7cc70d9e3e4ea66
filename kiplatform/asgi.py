"""The ASGI application: pages over HTTP, live updates over one websocket, the relay beside them."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiplatform.settings.production")

from django.core.asgi import get_asgi_application

# Django is set up before anything that imports tables.
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from kiplatform.realtime.lifespan import Lifespan  # noqa: E402
from kiplatform.realtime.routing import websocket_application  # noqa: E402

application = ProtocolTypeRouter(
    {"http": http, "websocket": websocket_application(), "lifespan": Lifespan()}
)
