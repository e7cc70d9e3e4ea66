"""Which knowledge a person may see, as a query.

Guarantee: `visible_to` returns exactly the pages of which `policies.can_see` says yes;
tests/manager_knowledge/test_visibility.py proves the two equal.
"""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from wagtail.models import PageManager, WorkflowState, get_default_page_content_type
from wagtail.query import PageQuerySet

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import StaffProfile, User
from kiplatform.accounts.policies import has_role, is_contact, is_staff
from kiplatform.accounts.roles import Role
from manager_knowledge.choices import Audience, KnowledgeType, State

SEES_ALL = (Role.KNOWLEDGE_EDITOR, Role.ADMINISTRATOR)


class KnowledgePageQuerySet(PageQuerySet):
    """Knowledge pages of every type."""

    def visible_to(self, viewer: Viewer) -> "KnowledgePageQuerySet":
        """The pages that `viewer` may see, in one query."""
        if has_role(viewer, *SEES_ALL):
            return self.all()
        if isinstance(viewer, User) and is_staff(viewer):
            departments = StaffProfile.objects.filter(user=viewer, department__isnull=False)
            open_to_staff = Q(audience__in=[Audience.PUBLIC, Audience.CUSTOMERS, Audience.STAFF])
            own_department = Q(
                audience=Audience.DEPARTMENT, department__in=departments.values("department")
            )
            return self.filter(Q(live=True) & (open_to_staff | own_department) | Q(owner=viewer))
        if is_contact(viewer):
            return self.filter(live=True, audience__in=[Audience.PUBLIC, Audience.CUSTOMERS])
        return self.filter(live=True, audience=Audience.PUBLIC)

    def of_types(self, types: Iterable[str]) -> "KnowledgePageQuerySet":
        """The pages of the given knowledge types."""
        models = [f"{KnowledgeType(value).value}knowledge" for value in types]
        kinds = ContentType.objects.filter(app_label="manager_knowledge", model__in=models)
        return self.filter(content_type__in=kinds)

    def with_review(self) -> "KnowledgePageQuerySet":
        """Annotate `under_review`: whether the workflow waits for a reviewer."""
        waiting = WorkflowState.objects.filter(
            base_content_type=get_default_page_content_type(),
            object_id=Cast(OuterRef("pk"), CharField()),
            status=WorkflowState.STATUS_IN_PROGRESS,
        )
        return self.annotate(under_review=Exists(waiting))

    def in_state(self, state: str) -> "KnowledgePageQuerySet":
        """The pages whose `state` is the given one."""
        if state == State.LIVE:
            return self.filter(live=True)
        pages = self.with_review().filter(live=False)
        if state == State.IN_REVIEW:
            return pages.filter(under_review=True)
        return pages.filter(under_review=False, archived_at__isnull=state == State.DRAFT)

    def with_votes(self) -> "KnowledgePageQuerySet":
        """Annotate `helpful_votes` and `unhelpful_votes`."""
        return self.annotate(
            helpful_votes=_votes(self, helpful=True), unhelpful_votes=_votes(self, helpful=False)
        )

    def stale_translations(self) -> "KnowledgePageQuerySet":
        """Translations whose source has said something else since they were made from it."""
        return self.filter(source_page__changed_at__gt=F("source_seen_at"))

    def with_stale(self) -> "KnowledgePageQuerySet":
        """Annotate `is_stale`, the same as `stale_translations` for each row."""
        stale = self.model.objects.filter(pk=OuterRef("pk")).stale_translations()
        return self.annotate(is_stale=Exists(stale.order_by()))

    def one_per_family(self, languages: Iterable[str]) -> "KnowledgePageQuerySet":
        """Keep of each translation family the page in the first of `languages` that is here."""
        ranks = [
            When(locale__language_code=language, then=Value(rank))
            for rank, language in enumerate(languages)
        ]
        rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
        family = self.order_by().filter(translation_key=OuterRef("translation_key"))
        best = family.annotate(_rank=rank).order_by("_rank", "pk").values("pk")[:1]
        return self.filter(pk=Subquery(best))

    def for_list(self) -> "KnowledgePageQuerySet":
        """Everything that a list shows, without a further query for each row."""
        return (
            self.with_review()
            .with_votes()
            .with_stale()
            .select_related("locale", "owner", "verifier", "department")
        )


def _votes(pages: KnowledgePageQuerySet, *, helpful: bool) -> Coalesce:
    votes = pages.model._meta.get_field("votes").related_model
    counted = (
        votes.objects.filter(page=OuterRef("pk"), helpful=helpful)
        .order_by()
        .values("page")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted), Value(0), output_field=IntegerField())


KnowledgePageManager = PageManager.from_queryset(KnowledgePageQuerySet)
