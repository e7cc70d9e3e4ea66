"""What every profile shares."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from kiplatform.core import sqlite
from kiplatform.settings import env

REPOSITORY = env.REPOSITORY
VAR_DIR: Path = env.var_dir()
# Built models can be shared between checkouts and test runs.
MODEL_CACHE: Path = VAR_DIR / "models"
SITE_URL = env.text("KIP_SITE_URL").rstrip("/")
DEMO = False

INSTALLED_APPS = [
    "kiplatform.core",
    "kiplatform.accounts",
    "kiplatform.events",
    "kiplatform.notifications",
    "kiplatform.realtime",
    "search",
    "customer_knowledge",
    "manager_knowledge",
    "qa_center",
    "portal",
    "kiplatform.demo",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.simple_translation",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_htmx",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "kiplatform.core.middleware.TraceMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "kiplatform.accounts.middleware.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kiplatform.core.middleware.ContentSecurityMiddleware",
    "portal.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "kiplatform.urls"
ASGI_APPLICATION = "kiplatform.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.shell",
            ],
        },
    },
]


def database(url: str) -> dict[str, Any]:
    """Return Django's settings for a postgresql:// address, or for SQLite where it is empty."""
    if not url:
        return {
            "ENGINE": "kiplatform.core.sqlite",
            "NAME": VAR_DIR / "kiplatform.sqlite3",
            "OPTIONS": sqlite.OPTIONS,
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        # Under ASGI a connection must not outlive its request; the pool keeps it open instead. It
        # has one for each thread that answers pages, and some for the hub and the relay.
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 20}},
    }


DATABASES = {"default": database(env.text("KIP_DATABASE_URL"))}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # What all web processes have to remember together, and beyond their restart.
    "shared": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def channel_layers(redis_url: str) -> dict[str, Any]:
    """Return the channel layer for a Redis address, or one in memory where it is empty."""
    if redis_url:
        return {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [redis_url]},
            }
        }
    return {
        "default": {
            "BACKEND": "channels.layers.InMemoryChannelLayer",
            "CONFIG": {"capacity": 2000},
        }
    }


CHANNEL_LAYERS = channel_layers(env.text("KIP_REDIS_URL"))
EVENTS_RELAY = env.text("KIP_RELAY")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "kiplatform.accounts.adapters.ClosedAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Whoever changes a password, an address or the second factor of an account is told of.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
SOCIALACCOUNT_ONLY = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [
    ("zh-hans", _("Simplified Chinese")),
    ("zh-hant", _("Traditional Chinese")),
    ("en", _("English")),
]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
LOCALE_PATHS = [REPOSITORY / "kiplatform" / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["kiplatform.formats"]
WAGTAIL_I18N_ENABLED = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024

WAGTAIL_SITE_NAME = "kiplatform"
WAGTAILADMIN_LOGIN_URL = "account_login"
WAGTAILADMIN_BASE_URL = SITE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}

SEARCH_ENGINE = env.text("KIP_SEARCH_ENGINE")
if SEARCH_ENGINE == "embedded" and env.text("KIP_DATABASE_URL"):
    # Said at the start: later every single event would fail on it, and be tried again for ever.
    raise ImproperlyConfigured(
        "The embedded engine lives in SQLite: with KIP_DATABASE_URL set "
        "KIP_SEARCH_ENGINE=elasticsearch, and KIP_ELASTICSEARCH_URL."
    )
SEARCH_ELASTICSEARCH_URL = env.text("KIP_ELASTICSEARCH_URL")
SEARCH_ELASTICSEARCH_PREFIX = env.text("KIP_ELASTICSEARCH_PREFIX")
SEARCH_EMBEDDER = env.text("KIP_SEARCH_EMBEDDER")
SEARCH_READER = env.text("KIP_SEARCH_READER")
SEARCH_FULL_VOCABULARY = env.flag("KIP_SEARCH_FULL_VOCABULARY")
SEARCH_THREADS = env.number("KIP_SEARCH_THREADS")

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if env.text("KIP_EMAIL_URL"):
    _smtp = urlsplit(env.text("KIP_EMAIL_URL"))
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _smtp.hostname or "localhost"
    EMAIL_PORT = _smtp.port or 25
    EMAIL_HOST_USER = unquote(_smtp.username or "")
    EMAIL_HOST_PASSWORD = unquote(_smtp.password or "")
    EMAIL_USE_TLS = _smtp.scheme == "smtps"
DEFAULT_FROM_EMAIL = env.text("KIP_EMAIL_FROM")

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "SAMEORIGIN"
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "kiplatform.core.logs.TraceFilter"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{trace_id}] {message}", "style": "{"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["trace"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["console"], "level": env.text("KIP_LOG_LEVEL")},
    # They tell of every single call and task otherwise; our own lines carry the trace.
    "loggers": {
        "elastic_transport": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "wagtail": {"level": "WARNING"},
    },
}
