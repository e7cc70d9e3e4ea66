"""A company's installation: refuses to start without a key and host names of its own."""

from django.core.exceptions import ImproperlyConfigured

from kiplatform.settings.base import *

SECRET_KEY = env.text("KIP_SECRET_KEY")
ALLOWED_HOSTS = env.listed("KIP_ALLOWED_HOSTS")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("KIP_SECRET_KEY must hold at least 50 characters")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("KIP_ALLOWED_HOSTS must name at least one host")

DEBUG = False
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SESSION_COOKIE_SECURE = True
# The prefix lets no neighbouring host and no page without encryption set this cookie.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
