"""One machine, a developer or the demo: SQLite, in-memory channels, a key kept in var/."""

from django.core.management.utils import get_random_secret_key

from kiplatform.settings.base import *

VAR_DIR.mkdir(parents=True, exist_ok=True)
_key_file = VAR_DIR / "secret-key"
if not _key_file.exists():
    _key_file.write_text(get_random_secret_key())
SECRET_KEY = _key_file.read_text()

DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Nobody is written to: e-mail of the demo lies in a folder to be looked at.
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
