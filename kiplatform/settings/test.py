"""The test run: quick password hashing, mail kept in memory, models shared through the cache."""

import os
import tempfile
from pathlib import Path

from kiplatform.settings.base import *

SECRET_KEY = "test-only-key-that-signs-nothing-of-value-0123456789"
DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
MODEL_CACHE = Path(os.environ.get("KIP_MODEL_CACHE", REPOSITORY / "var" / "models"))
VAR_DIR = Path(os.environ.get("KIP_VAR_DIR") or tempfile.gettempdir()) / "kiplatform-tests"
MEDIA_ROOT = VAR_DIR / "media"
EVENTS_RELAY = "manual"
SEARCH_EMBEDDER = os.environ.get("KIP_SEARCH_EMBEDDER", "disabled")
SEARCH_READER = os.environ.get("KIP_SEARCH_READER", "disabled")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
