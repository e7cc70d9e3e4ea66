"""Research cases: what a manager does not know, who was asked, and what came of it.

No case is ever without an owner and a due time until it has ended; the database refuses it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge.models import Answer, Product, Question, Thread
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import Department
from kiplatform.accounts.policies import is_administrator, is_staff
from kiplatform.core import clock
from kiplatform.core.choices import Language, Urgency
from kiplatform.core.models import BaseModel


class CaseQuerySet(models.QuerySet["ResearchCase"]):
    def visible_to(self, viewer: Viewer) -> "CaseQuerySet":
        """Who takes part sees a case; all staff see what came of one that ended well."""
        if is_administrator(viewer):
            return self
        if not is_staff(viewer):
            return self.none()
        open_invitations = Invitation.objects.filter(
            expert=viewer, status__in=Invitation.OPENS_THE_CASE
        ).values("case")
        member_of = Thread.objects.filter(members__user=viewer, members__left_at=None)
        return self.filter(
            Q(manager=viewer)
            | Q(owner=viewer)
            | Q(pk__in=open_invitations)
            | Q(thread__in=member_of.values("pk"))
            | Q(state__in=ResearchCase.SHARED_STATES)
        )

    def not_ended(self) -> "CaseQuerySet":
        return self.exclude(state__in=ResearchCase.ENDED)


class ResearchCase(BaseModel):
    """A need for knowledge that a manager brings to the company."""

    class State(models.TextChoices):
        SEARCHING = "searching", _("Searching")
        ASKING = "asking", _("Asking colleagues")
        DISCUSSING = "discussing", _("Discussing")
        PROPOSED = "proposed", _("Answer proposed")
        RESOLVED = "resolved", _("Resolved")
        CAPTURED = "captured", _("Captured")
        ANSWERED = "answered", _("Answered by colleagues")
        ANSWERED_FROM_KNOWLEDGE = "answered_from_knowledge", _("Answered from knowledge")
        CANCELLED = "cancelled", _("Cancelled")
        UNANSWERABLE = "unanswerable", _("Unanswerable")

    # What the whole staff may learn from: an answer stands at the end.
    SHARED_STATES = frozenset({State.CAPTURED, State.ANSWERED, State.ANSWERED_FROM_KNOWLEDGE})
    ENDED = SHARED_STATES | {State.CANCELLED, State.UNANSWERABLE}

    question = models.ForeignKey(
        Question, models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="cases_managed"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="cases_owned",
        help_text=_("who has the ball"),
    )
    text = models.TextField(_("what is to be found out"))
    language = models.CharField(_("language"), max_length=8, choices=Language.choices)
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    department = models.ForeignKey(
        Department, models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    urgency = models.CharField(
        _("urgency"), max_length=6, choices=Urgency.choices, default=Urgency.NORMAL
    )
    state = models.CharField(_("state"), max_length=24, choices=State.choices, default="searching")
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    thread = models.OneToOneField(Thread, models.PROTECT, related_name="case")
    # How sure the search was: likely, close or nothing.
    verdict = models.CharField(max_length=8, blank=True)
    ring = models.PositiveSmallIntegerField(_("ring"), default=0)
    ring_due_at = models.DateTimeField(null=True, blank=True)
    escalated = models.JSONField(default=list, blank=True)
    unmasked_at = models.DateTimeField(null=True, blank=True)
    unmask_reason = models.CharField(max_length=300, blank=True)
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged"
    )
    end_reason = models.CharField(_("why it ended so"), max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    client_id = models.CharField(max_length=40)
    trace_id = models.CharField(max_length=32)
    # Rises with every change of the case, for live pages.
    version = models.PositiveBigIntegerField(default=0)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("research case")
        verbose_name_plural = _("research cases")
        constraints = [
            models.UniqueConstraint(fields=["manager", "client_id"], name="case_opened_once"),
            models.UniqueConstraint(
                fields=["question"],
                condition=Q(ended_at__isnull=True),
                name="case_one_open_for_a_question",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "captured",
                        "answered",
                        "answered_from_knowledge",
                        "cancelled",
                        "unanswerable",
                    ],
                    ended_at__isnull=False,
                )
                | Q(
                    state__in=["searching", "asking", "discussing", "proposed", "resolved"],
                    owner__isnull=False,
                    due_at__isnull=False,
                    ended_at__isnull=True,
                ),
                name="case_ended_or_owned_and_due",
            ),
            models.CheckConstraint(
                condition=Q(unmasked_at__isnull=True) | ~Q(unmask_reason=""),
                name="case_unmasked_for_a_reason",
            ),
            models.CheckConstraint(condition=Q(ring__lte=3), name="case_ring_0_to_3"),
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="case_state_due"),
            models.Index(fields=["manager", "state"], name="case_manager_state"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_ended(self) -> bool:
        return self.state in self.ENDED


class Evidence(BaseModel):
    """A piece of knowledge that the search brought, and what the manager makes of it."""

    class Mark(models.TextChoices):
        UNMARKED = "", _("Not judged")
        FITS = "fits", _("Fits")
        DOES_NOT_FIT = "does_not_fit", _("Does not fit")

    case = models.ForeignKey(ResearchCase, models.CASCADE, related_name="evidence")
    rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=40)
    title = models.CharField(max_length=300, blank=True)
    passage = models.TextField()
    score = models.FloatField()
    verdict = models.CharField(max_length=8)
    mark = models.CharField(max_length=12, choices=Mark.choices, blank=True)
    marked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "key"], name="evidence_once_per_case"),
            models.CheckConstraint(
                condition=Q(mark__in=["", "fits", "does_not_fit"]), name="evidence_mark"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.passage[:60]

    @property
    def cite_value(self) -> str:
        """The evidence as a form names it: "kind:key"."""
        return f"{self.kind}:{self.key}"


class Invitation(BaseModel):
    """That a colleague was asked, why, and what they said."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SNOOZED = "snoozed", _("Later")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", pgettext_lazy("invitation", "Declined")
        TIMED_OUT = "timed_out", _("No reply")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPENS_THE_CASE = frozenset({Status.PENDING, Status.SNOOZED, Status.ACCEPTED})

    case = models.ForeignKey(ResearchCase, models.CASCADE, related_name="invitations")
    expert = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations")
    ring = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    # Reasons as routing gave them: [{"kind": ..., "params": {...}}], worded for each reader.
    reasons = models.JSONField(default=list)
    due_at = models.DateTimeField(_("due"))
    snoozed_until = models.DateTimeField(null=True, blank=True)
    decline_reason = models.CharField(_("reason"), max_length=300, blank=True)
    suggested = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    suggested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    replied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "expert"], name="invitation_once_per_case"),
            models.CheckConstraint(condition=Q(ring__range=(1, 3)), name="invitation_ring_1_to_3"),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(decline_reason=""),
                name="invitation_declined_for_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(status="snoozed") | Q(snoozed_until__isnull=False),
                name="invitation_snoozed_until_when",
            ),
        ]
        indexes = [models.Index(fields=["expert", "status"], name="invitation_expert_status")]

    def __str__(self) -> str:
        return f"{self.case_id} - {self.expert_id}"


class Proposal(BaseModel):
    """An answer that somebody in the case proposes; it can be revised, never overwritten."""

    class State(models.TextChoices):
        STANDING = "standing", _("Standing")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        ACCEPTED = "accepted", _("Accepted")

    case = models.ForeignKey(ResearchCase, models.CASCADE, related_name="proposals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="proposals")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STANDING)
    language = models.CharField(max_length=8, choices=Language.choices)
    client_id = models.CharField(max_length=40)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="proposal_made_once")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} by {self.author_id}"


class ProposalVersion(BaseModel):
    """What a proposal says, and what it cites, from this version on."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    # [{"kind": ..., "key": ..., "title": ...}], as search names knowledge.
    citations = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["proposal", "number"], name="proposal_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.proposal_id} v{self.number}"


class Endorsement(BaseModel):
    """That a colleague stands by a version of a proposal, or objects to it and why."""

    class Kind(models.TextChoices):
        ENDORSE = "endorse", _("I stand by this")
        OBJECT = "object", _("I object")

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="endorsements")
    version = models.PositiveSmallIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="endorsements")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["proposal", "version", "user"], name="endorsement_once_per_version"
            ),
            models.CheckConstraint(
                condition=~Q(kind="object") | ~Q(reason=""), name="objection_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.proposal_id}"


class Resolution(BaseModel):
    """What the case came to: accepted, released to the customer, captured as knowledge."""

    case = models.OneToOneField(ResearchCase, models.CASCADE, related_name="resolution")
    text = models.TextField(_("answer"))
    language = models.CharField(max_length=8, choices=Language.choices)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="resolutions"
    )
    proposals = models.ManyToManyField(Proposal, related_name="resolutions", blank=True)
    citations = models.JSONField(default=list)
    answer = models.OneToOneField(
        Answer, models.SET_NULL, null=True, blank=True, related_name="resolution"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    # Key of the knowledge page that it was captured as, as search names it.
    captured_as = models.CharField(max_length=40, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    not_captured_reason = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class Credit(BaseModel):
    """That a person helped; it stays with the resolution and with the knowledge made from it."""

    class Part(models.TextChoices):
        PROPOSED = "proposed", _("Proposed the answer")
        ENDORSED = "endorsed", _("Stood by it")
        DISCUSSED = "discussed", _("Took part in the discussion")
        ASKED = "asked", _("Asked the question")
        MANAGED = "managed", _("Brought the question in")

    resolution = models.ForeignKey(Resolution, models.CASCADE, related_name="credits")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="credits"
    )
    name = models.CharField(max_length=120)
    part = models.CharField(max_length=10, choices=Part.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resolution", "user"], name="credit_once_per_person")
        ]

    def __str__(self) -> str:
        return self.name


class KnowledgeGap(BaseModel):
    """Something that customers ask and the company does not know yet, with somebody to close it."""

    case = models.OneToOneField(ResearchCase, models.CASCADE, related_name="gap")
    text = models.TextField()
    language = models.CharField(max_length=8, choices=Language.choices)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="knowledge_gaps"
    )
    due_at = models.DateTimeField(_("due"))
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.text[:60]


class CaseEntry(models.Model):
    """One line of a case's story: what happened, by whom, with the values to word it."""

    case = models.ForeignKey(ResearchCase, models.CASCADE, related_name="entries")
    at = models.DateTimeField(default=clock.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=30)
    params = models.JSONField(default=dict)
    version = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="case_entry_version")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"


class RoutingWeights(BaseModel):
    """The weights that an administrator set, with who set them and why; the newest hold."""

    weights = models.JSONField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d} {self.note}"
