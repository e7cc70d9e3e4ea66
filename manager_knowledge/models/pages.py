"""The page that all knowledge has in common, and the roots it hangs under, one for each language.

Guarantees: a page becomes live only by publishing a revision; what belongs to the page as a whole
(its public id, who verified it, where it came from) never goes back when an old revision does.
"""

import dataclasses
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import Page, Revision
from wagtail.search import index

from kiplatform.accounts.models import Department
from kiplatform.accounts.policies import is_staff
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.ids import LENGTH, new_public_id
from manager_knowledge.choices import Audience, KnowledgeType, Significance, State
from manager_knowledge.forms import KnowledgePageForm
from manager_knowledge.models.querysets import KnowledgePageManager
from manager_knowledge.rendering import render_body

# Of the page as a whole: an older revision that is published again does not bring these back.
WHOLE_PAGE_FIELDS = (
    "public_id",
    "version",
    "verifier",
    "verified_at",
    "verified_until",
    "lapse_told_at",
    "archived_at",
    "changed_at",
    "cited_count",
    "source_page",
    "source_revision",
    "source_seen_at",
    "source_case",
    "source_question",
    "trace_id",
    "client_id",
)
WATCHED = frozenset({"live", "live_revision", "audience", "department"})


@dataclasses.dataclass(frozen=True, slots=True)
class Publication:
    """What decides who can read a page, as the database had it before a save."""

    live: bool
    live_revision_id: int | None
    audience: str
    department_id: int | None


class KnowledgeIndex(Page):
    """The root of the knowledge pages of one language; `knowledge_base_ensure` makes it."""

    is_creatable = False
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "manager_knowledge.ProductKnowledge",
        "manager_knowledge.BusinessKnowledge",
        "manager_knowledge.ServiceKnowledge",
    ]
    private_page_options: ClassVar[list[str]] = []
    preview_modes: ClassVar[list[tuple[str, str]]] = []

    class Meta:
        verbose_name = _("knowledge root")
        verbose_name_plural = _("knowledge roots")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Nobody reads the root: the site's front page knows where each person belongs."""
        return redirect("/")


class KnowledgePage(Page):
    """One piece of the company's knowledge, of any type and in one language."""

    public_id = models.CharField(
        max_length=LENGTH, unique=True, default=new_public_id, editable=False
    )
    # The id of the last event about this page: it rises with every change that readers notice.
    version = models.PositiveBigIntegerField(default=0, editable=False)
    # Names one attempt to create a page, so that sending it twice creates one page.
    client_id = models.CharField(max_length=64, null=True, unique=True, editable=False)

    summary = models.TextField(
        _("summary"),
        max_length=600,
        help_text=_("One or two sentences that answer the reader's question by themselves."),
    )
    body = models.TextField(
        _("body"),
        blank=True,
        help_text=_(
            "Markdown: ## heading, - list, 1. list, **bold**, [words](https://address), tables."
        ),
    )
    asked_as = models.TextField(
        _("how people ask it"),
        blank=True,
        max_length=2000,
        help_text=_(
            "Questions that this page answers, one on each line, in people's own words and in any"
            " language. Search finds the page by them. Leave out who asked."
        ),
    )
    product_code = models.CharField(_("product code"), max_length=40, blank=True)
    audience = models.CharField(
        _("audience"), max_length=10, choices=Audience.choices, default=Audience.STAFF
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="knowledge_pages",
        verbose_name=_("department"),
        help_text=_("Only for the audience of one department."),
    )

    verifier = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="knowledge_to_verify",
        verbose_name=_("verifier"),
    )
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)
    verified_until = models.DateField(_("verified until"), null=True, editable=False)
    lapse_told_at = models.DateTimeField(null=True, editable=False)
    archived_at = models.DateTimeField(_("archived"), null=True, editable=False)
    # When readers last had something to relearn: the last published revision that was not minor.
    changed_at = models.DateTimeField(_("changed"), null=True, editable=False)

    change_significance = models.CharField(
        _("significance of this revision"),
        max_length=12,
        choices=Significance.choices,
        default=Significance.SIGNIFICANT,
    )
    change_note = models.CharField(
        _("what changed"), max_length=300, blank=True, help_text=_("For the revision history.")
    )

    source_page = models.ForeignKey(
        "self", models.SET_NULL, null=True, editable=False, related_name="translations_made"
    )
    source_revision = models.ForeignKey(
        Revision, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    source_seen_at = models.DateTimeField(null=True, editable=False)
    source_case = models.CharField(
        _("research case it came from"), max_length=LENGTH, blank=True, editable=False
    )
    source_question = models.CharField(
        _("question it came from"), max_length=LENGTH, blank=True, editable=False
    )
    # The trace of the exchange it was captured from; what happens to the page goes on in it.
    trace_id = models.CharField(max_length=32, blank=True, editable=False)
    cited_count = models.PositiveIntegerField(_("cited in answers"), default=0, editable=False)

    objects = KnowledgePageManager()

    slug: str
    knowledge_type: ClassVar[KnowledgeType]
    # The type's own texts, in the order in which readers and search get them.
    text_fields: ClassVar[tuple[str, ...]] = ()
    # The type's own facts that a translation takes over as they are.
    neutral_fields: ClassVar[tuple[str, ...]] = ()

    is_creatable = False
    parent_page_types = ["manager_knowledge.KnowledgeIndex"]
    subpage_types: ClassVar[list[str]] = []
    private_page_options: ClassVar[list[str]] = []
    base_form_class = KnowledgePageForm
    exclude_fields_in_copy = [*WHOLE_PAGE_FIELDS]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
        index.AutocompleteField("product_code"),
        index.FilterField("audience"),
    ]
    common_panels = [
        FieldPanel("title"),
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("asked_as"),
    ]
    reach_panels = [
        MultiFieldPanel(
            [FieldPanel("audience"), FieldPanel("department"), FieldPanel("product_code")],
            heading=_("Who it is for"),
        ),
    ]
    revision_panels = [
        MultiFieldPanel(
            [FieldPanel("change_significance"), FieldPanel("change_note")],
            heading=_("This revision"),
        ),
    ]
    # The address is the public id: there is no slug to choose and nothing to index outside.
    promote_panels: ClassVar[list[Any]] = []

    class Meta:
        verbose_name = _("knowledge page")
        verbose_name_plural = _("knowledge pages")
        constraints = [
            models.CheckConstraint(
                condition=Q(audience="department", department__isnull=False)
                | Q(audience__in=["public", "customers", "staff"], department__isnull=True),
                name="knowledge_department_iff_audience",
                violation_error_message=_(
                    "Choose a department if, and only if, the page is for one department."
                ),
            ),
            models.CheckConstraint(
                condition=Q(verified_until__isnull=True) | Q(verified_at__isnull=False),
                name="knowledge_verified_until_needs_a_verification",
            ),
        ]
        indexes = [
            models.Index(fields=["audience", "department"], name="knowledge_audience"),
            models.Index(fields=["product_code"], name="knowledge_product"),
            models.Index(fields=["verified_until"], name="knowledge_verified_until"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.publication_before: Publication | None = None
        if not self.slug:
            self.slug = self.public_id

    @property
    def type(self) -> KnowledgeType:
        """The knowledge type, known without loading the type's own table."""
        return KnowledgeType(self.cached_content_type.model.removesuffix("knowledge"))

    @property
    def language(self) -> str:
        """The page's language as users' settings write it, such as "zh-hans"."""
        return Language(self.locale.language_code).value

    @property
    def state(self) -> State:
        """Where the page stands; costs a query unless it came with `with_review()`."""
        if self.live:
            return State.LIVE
        if self.is_under_review:
            return State.IN_REVIEW
        return State.ARCHIVED if self.archived_at else State.DRAFT

    @property
    def is_under_review(self) -> bool:
        """Whether a reviewer is asked for, also for a new revision of a live page."""
        known = getattr(self, "under_review", None)
        return bool(self.workflow_in_progress if known is None else known)

    @property
    def is_verified(self) -> bool:
        """Whether somebody vouches for the page today."""
        today = timezone.localdate(clock.now())
        return self.verified_until is not None and self.verified_until >= today

    @property
    def source_moved_on(self) -> bool:
        """Whether a translation's source has said something else since."""
        known = getattr(self, "is_stale", None)
        if known is not None:
            return bool(known)
        source = self.source_page
        return bool(
            source
            and source.changed_at
            and self.source_seen_at
            and source.changed_at > self.source_seen_at
        )

    def type_texts(self) -> list[tuple[str, str]]:
        """Label and text of the type's own fields that are filled in; for a specific page."""
        named = [(self._meta.get_field(name).verbose_name, name) for name in self.text_fields]
        return [(str(label), self._shown(name)) for label, name in named if getattr(self, name)]

    def _shown(self, name: str) -> str:
        display = getattr(self, f"get_{name}_display", None)
        return str(display() if display else getattr(self, name))

    def ordered_steps(self) -> list[Any]:
        """The steps of a process in their order; empty for a type without one."""
        return list(self.steps.all()) if hasattr(self, "steps") else []

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> Any:
        """Save, and keep in `publication_before` what readers had until now."""
        fields = kwargs.get("update_fields")
        if fields is not None and WATCHED.isdisjoint(fields):
            self.publication_before = self._publication()
            return super().save(*args, **kwargs)
        before = KnowledgePage.objects.filter(pk=self.pk).first() if self.pk else None
        self.publication_before = before._publication() if before else None
        if before is not None:
            # An instance that was read a while ago must not take back what was counted since.
            self.version = max(self.version, before.version)
            self.cited_count = before.cited_count
        elif self.alias_of_id is not None:
            self._be_a_page_of_its_own()
        elif self.live_revision_id is None:
            self.live = False
        if fields is None:
            self._note_publication()
        return super().save(*args, **kwargs)

    def _be_a_page_of_its_own(self) -> None:
        """Wagtail copies everything into a new alias; what belongs to a whole page starts anew."""
        for name in WHOLE_PAGE_FIELDS:
            field = self._meta.get_field(name)
            setattr(self, field.attname, field.get_default())

    def _publication(self) -> Publication:
        return Publication(self.live, self.live_revision_id, self.audience, self.department_id)

    @property
    def _has_a_text_to_publish(self) -> bool:
        """An alias has no revisions: it repeats those of the page that it follows."""
        return self.live_revision_id is not None or self.alias_of_id is not None

    @property
    def was_published(self) -> bool:
        """Whether the save under way put a text before the readers."""
        before = self.publication_before
        return (
            self.live
            and self._has_a_text_to_publish
            and (
                before is None
                or not before.live
                or before.live_revision_id != self.live_revision_id
                or self.alias_of_id is not None
            )
        )

    def _note_publication(self) -> None:
        before = self.publication_before
        if self.was_published:
            self.archived_at = None
            if self.changed_at is None or self.change_significance != Significance.MINOR:
                self.changed_at = clock.now()
            if self.change_significance == Significance.SIGNIFICANT:
                # Whoever vouched for the page has not read what it says now.
                self.verified_until = None
        elif before is not None and before.live and not self.live:
            self.archived_at = clock.now()

    def with_content_json(self, content: dict[str, Any]) -> Any:
        page = super().with_content_json(content)
        for name in WHOLE_PAGE_FIELDS:
            column = self._meta.get_field(name).attname
            setattr(page, column, getattr(self, column))
        return page

    def address_for(self, viewer: Any) -> str:
        """The path of the page that shows this knowledge to `viewer`."""
        room = "workspace" if is_staff(viewer) else "portal"
        try:
            return reverse(f"{room}:knowledge_page", args=[self.public_id])
        except NoReverseMatch:
            return f"/{room}/knowledge/{self.public_id}/"

    def get_url_parts(self, request: Any = None) -> tuple[int, str, str] | None:
        """Editors' links lead to the workspace, where they read as staff do."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        path = f"/workspace/knowledge/{self.public_id}/"
        return parts[0], settings.SITE_URL, path

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        return "manager_knowledge/knowledge_page.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | {"body": render_body(self.body)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the page in the reader's own room, which decides whether they may see it."""
        return redirect(self.address_for(request.user))
