"""The knowledge base's own pages in the Wagtail admin: lists for editors, and responsibility.

Guarantee: only editors and administrators get here (services/setup.py), and every write goes
through a service.
"""

from typing import Any, cast

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from django_filters.filters import (  # type: ignore[import-untyped]
    ChoiceFilter,
    ModelChoiceFilter,
)
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.ui.tables.pages import (
    BulkActionsColumn,
    PageStatusColumn,
    PageTitleColumn,
    PageTypeColumn,
)
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.pages.listing import IndexView
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.pages import PageListingViewSet
from wagtail.admin.widgets import AdminDateInput
from wagtail.admin.widgets.button import HeaderButton
from wagtail.models import Locale

from kiplatform.accounts.models import Department, User
from kiplatform.core.errors import ApplicationError
from manager_knowledge import selectors, services
from manager_knowledge.choices import Audience, KnowledgeType
from manager_knowledge.models import KnowledgeIndex, KnowledgePage
from manager_knowledge.policies import can_assign


class KnowledgeFilterSet(WagtailFilterSet):
    """Filters of the lists; Wagtail adds the language itself."""

    type = ChoiceFilter(label=_("Type"), choices=KnowledgeType.choices, method="of_type")
    audience = ChoiceFilter(label=_("Audience"), choices=Audience.choices)
    department = ModelChoiceFilter(
        label=_("Department"), queryset=lambda request: Department.objects.all()
    )

    class Meta:
        model = KnowledgePage
        fields: list[str] = []

    def of_type(self, pages: Any, name: str, value: str) -> Any:
        return pages.of_types([value])


class KnowledgeListView(IndexView):
    """A flat list of knowledge pages of every type and language."""

    page_title = _("All knowledge")
    filterset_class = KnowledgeFilterSet
    base_columns = [
        BulkActionsColumn("bulk_actions"),
        PageTitleColumn("title", label=_("Title"), sort_key="title", classname="title"),
        PageTypeColumn("type", label=_("Type"), accessor="page_type_display_name"),
        Column("audience", label=_("Audience"), accessor="get_audience_display"),
        Column("owner", label=_("Owner"), accessor="owner.name"),
        Column("verifier", label=_("Verifier"), accessor="verifier.name"),
        Column(
            "verified_until",
            label=_("Verified until"),
            accessor="verified_until",
            sort_key="verified_until",
        ),
        DateColumn(
            "latest_revision_created_at", label=_("Updated"), sort_key="latest_revision_created_at"
        ),
        PageStatusColumn("status", label=_("Status"), sort_key="live"),
    ]

    def get_base_queryset(self) -> Any:
        return self.annotate_queryset(self.chosen_pages()).prefetch_related(
            "owner", "verifier", for_specific_subqueries=True
        )

    def chosen_pages(self) -> Any:
        """The pages that this list is about."""
        return KnowledgePage.objects.visible_to(self.request.user)

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """A new page begins under the root of the editor's own language."""
        roots = KnowledgeIndex.objects.filter(
            locale__language_code__in=[get_language(), Locale.get_default().language_code]
        ).select_related("locale")
        root = max(roots, key=lambda index: index.locale.language_code == get_language())
        return [
            HeaderButton(
                gettext("Add a page"),
                url=reverse("wagtailadmin_pages:add_subpage", args=[root.pk]),
                icon_name="plus",
            )
        ]


class ReviewListView(KnowledgeListView):
    """Pages that wait for a reviewer."""

    page_title = _("In review")
    default_ordering = "latest_revision_created_at"

    def chosen_pages(self) -> Any:
        return selectors.review_queue(self.request.user)


class DueListView(KnowledgeListView):
    """Live pages that nobody vouches for any more, or only for a month longer."""

    page_title = _("Due for verification")
    default_ordering = "verified_until"

    def chosen_pages(self) -> Any:
        return selectors.due_for_verification(self.request.user)


class StaleListView(KnowledgeListView):
    """Translations whose source says something else by now."""

    page_title = _("Translations behind their source")

    def chosen_pages(self) -> Any:
        return selectors.stale_translations(self.request.user)


class KnowledgeListViewSet(PageListingViewSet):
    """One list with its place in the menu."""

    model = KnowledgePage
    index_view_class = KnowledgeListView
    filterset_class = KnowledgeFilterSet

    def get_urlpatterns(self) -> list[Any]:
        # The way to a new page is the list's own button.
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "choose_parent"]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        common: dict[str, Any] = super().get_common_view_kwargs(**kwargs)
        return common | {"add_url_name": None}


class KnowledgeMenu(ViewSetGroup):
    """The menu item "Knowledge" with its lists."""

    menu_label = _("Knowledge")
    menu_icon = "doc-full-inverse"
    menu_order = 50
    items = (
        KnowledgeListViewSet(
            "knowledge",
            icon="doc-full-inverse",
            menu_label=_("All knowledge"),
        ),
        KnowledgeListViewSet(
            "knowledge_in_review",
            icon="clipboard-list",
            menu_label=_("In review"),
            index_view_class=ReviewListView,
        ),
        KnowledgeListViewSet(
            "knowledge_due",
            icon="history",
            menu_label=_("Due for verification"),
            index_view_class=DueListView,
        ),
        KnowledgeListViewSet(
            "knowledge_stale",
            icon="globe",
            menu_label=_("Translations behind their source"),
            index_view_class=StaleListView,
        ),
    )


class ResponsibilityForm(forms.Form):
    """Who owns a page, who vouches for it, and until when the editor at the desk does."""

    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), required=False)
    verifier = forms.ModelChoiceField(
        label=_("Verifier"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("The person who is asked to vouch for the page."),
    )
    until = forms.DateField(
        label=_("I have read the page and vouch for it until"),
        required=False,
        widget=AdminDateInput,
        help_text=_("Leave it empty if you only change who is responsible."),
    )
    matches_source = forms.BooleanField(
        label=_("This translation says what its source says now"), required=False
    )

    def __init__(self, *args: Any, page: KnowledgePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = User.objects.active().staff_members().order_by("name")
        for name in ("owner", "verifier"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
            field.queryset = staff
        if not page.live:
            del self.fields["until"]
        elif page.verified_until and page.is_verified and page.verifier:
            self.fields["until"].help_text = gettext(
                "At present %(name)s vouches for it until %(day)s. Leave it empty to keep that."
            ) % {"name": page.verifier.name, "day": date_format(page.verified_until)}
        if not page.source_moved_on:
            del self.fields["matches_source"]


class ResponsibilityView(WagtailAdminTemplateMixin, FormView):
    """Owner, verifier and verification of one page."""

    template_name = "wagtailadmin/generic/form.html"
    form_class = ResponsibilityForm
    page_title = _("Owner and verification")
    header_icon = "user"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        pages = KnowledgePage.objects.visible_to(request.user).select_related(
            "source_page", "owner", "verifier"
        )
        self.page = get_object_or_404(pages, pk=kwargs["page_id"])

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not can_assign(request.user, self.page):
            return redirect("wagtailadmin_home")
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        return f"{gettext('Owner and verification')}: {self.page.get_admin_display_title()}"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"page": self.page}

    def get_initial(self) -> dict[str, Any]:
        return {"owner": self.page.owner_id, "verifier": self.page.verifier_id}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "action_url": self.request.path,
            "submit_button_label": gettext("Save"),
            "media": context["form"].media,
        }

    def form_valid(self, form: ResponsibilityForm) -> HttpResponse:
        try:
            with transaction.atomic():
                self._save(form.cleaned_data)
        except ApplicationError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, gettext("Saved."))
        return redirect("wagtailadmin_pages:edit", self.page.pk)

    def _save(self, chosen: dict[str, Any]) -> None:
        actor, page = cast(User, self.request.user), self.page
        owner, verifier = chosen["owner"], chosen["verifier"]
        if (owner, verifier) != (page.owner, page.verifier):
            services.knowledge_assign(actor=actor, page=page, owner=owner, verifier=verifier)
        if chosen.get("until"):
            services.knowledge_verify(actor=actor, page=page, until=chosen["until"])
        if chosen.get("matches_source"):
            services.translation_realign(actor=actor, page=page)
