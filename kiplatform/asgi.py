"""The ASGI application: pages over HTTP, live updates over one websocket."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kiplatform.settings.production")

from django.core.asgi import get_asgi_application

application = get_asgi_application()
