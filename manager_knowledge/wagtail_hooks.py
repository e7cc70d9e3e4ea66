"""Where the knowledge base shows in the Wagtail admin."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin.widgets.button import Button

from manager_knowledge.cms import KnowledgeMenu, ResponsibilityView
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_edit_everything


@hooks.register("register_admin_viewset")
def register_lists() -> KnowledgeMenu:
    """Add the menu item "Knowledge" with its lists."""
    return KnowledgeMenu()


@hooks.register("register_admin_urls")
def register_urls() -> list[URLPattern]:
    """Add the page on which editors say who is responsible."""
    return [
        path(
            "knowledge/<int:page_id>/responsibility/",
            ResponsibilityView.as_view(),
            name="knowledge_responsibility",
        )
    ]


@hooks.register("before_serve_document")
def only_editors_fetch(document: Any, request: HttpRequest) -> None:
    """Give Wagtail's own documents to editors alone: they carry no audience of ours."""
    if not can_edit_everything(request.user):
        raise Http404


@hooks.register("register_page_header_buttons")
def responsibility_button(
    page: Any, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Add the way to that page to every knowledge page's menu."""
    if page.pk and issubclass(page.specific_class or type(page), KnowledgePage):
        yield Button(
            _("Owner and verification"),
            reverse("knowledge_responsibility", args=[page.pk]),
            icon_name="user",
            priority=5,
        )
