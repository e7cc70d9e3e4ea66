"""Search as an app of the project."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    """Registers the event handler that keeps the index up to date."""

    name = "search"
    label = "search"
    verbose_name = _("Search")

    def ready(self) -> None:
        from search import handlers  # noqa: F401
