"""Synonyms in the editors' workplace.

Guarantee: a change counts at the next search (`search.synonyms`).
"""

from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from search.models import SynonymSet


class SynonymSetViewSet(SnippetViewSet):  # type: ignore[misc]
    """Lists and edits the synonyms of search."""

    model = SynonymSet
    icon = "search"
    add_to_admin_menu = True
    list_display = ("__str__", "language")
    list_filter = ("language",)
    search_fields = ("words",)
    panels = (FieldPanel("language"), FieldPanel("words"))


register_snippet(SynonymSetViewSet)
