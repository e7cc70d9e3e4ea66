"""Knowledge that the customer needs: questions, and the company's answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models.base import CustomerKnowledge, WordsQuerySet
from customer_knowledge.models.customers import customer_keys
from customer_knowledge.models.threads import Message, Thread
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.policies import is_staff
from kiplatform.core.choices import Urgency
from kiplatform.core.models import BaseModel


class QuestionQuerySet(WordsQuerySet["Question"]):
    def waiting(self) -> "QuestionQuerySet":
        """Questions on which the company has the ball."""
        return self.filter(state=Question.State.OPEN)


class Question(CustomerKnowledge):
    """What a customer wants to know, and where it stands.

    Nothing asked is lost: a question is ended, or it has an owner and a due time; the database
    refuses anything else.
    """

    class Kind(models.TextChoices):
        PRODUCT_SERVICE = "product_service", _("Products and services")
        MARKET_TREND = "market_trend", _("Market trends")
        COMPANY_BUSINESS = "company_business", _("Company business")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        CONFIRMED = "confirmed", _("Confirmed")
        DEFLECTED = "deflected", _("Found at once")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    ENDED = frozenset({State.CONFIRMED, State.DEFLECTED, State.WITHDRAWN})

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    text = models.TextField(_("question"))
    urgency = models.CharField(
        _("urgency"), max_length=6, choices=Urgency.choices, default=Urgency.NORMAL
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="questions_owned",
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    thread = models.OneToOneField(Thread, models.PROTECT, null=True, related_name="question")
    client_id = models.CharField(max_length=40)
    trace_id = models.CharField(max_length=32)
    reopened_count = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    # What the customer was content with, when the question was deflected.
    deflected_kind = models.CharField(max_length=20, blank=True)
    deflected_key = models.CharField(max_length=40, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="question_asked_once"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["confirmed", "deflected", "withdrawn"], ended_at__isnull=False
                )
                | Q(
                    state__in=["open", "answered"],
                    owner__isnull=False,
                    due_at__isnull=False,
                    ended_at__isnull=True,
                ),
                name="question_ended_or_owned_and_due",
            ),
            models.CheckConstraint(
                condition=Q(state="deflected", deflected_key__gt="")
                | (~Q(state="deflected") & Q(thread__isnull=False)),
                name="question_deflected_by_something_or_in_a_thread",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "state", "due_at"], name="question_owner_due"),
            models.Index(fields=["customer", "-occurred_at"], name="question_customer_recent"),
            models.Index(fields=["state", "due_at"], name="question_state_due"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def is_ended(self) -> bool:
        return self.state in self.ENDED


class AnswerQuerySet(models.QuerySet["Answer"]):
    def standing(self) -> "AnswerQuerySet":
        return self.filter(is_standing=True, message__deleted_at=None)

    def visible_to(self, viewer: Viewer) -> "AnswerQuerySet":
        """All staff learn from standing answers; contacts see the answers to their own."""
        if is_staff(viewer):
            return self
        return self.filter(question__customer__in=customer_keys(viewer))


class Answer(BaseModel):
    """The company's solution: a message to the customer that answers the question."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="answers")
    message = models.OneToOneField(Message, models.CASCADE, related_name="answer")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="answers"
    )
    is_standing = models.BooleanField(default=True)
    accepted_at = models.DateTimeField(_("confirmed by the customer"), null=True, blank=True)
    uncited_reason = models.CharField(_("why it cites no knowledge"), max_length=300, blank=True)

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question"], condition=Q(is_standing=True), name="answer_one_stands"
            )
        ]

    def __str__(self) -> str:
        return f"{self.question_id} {self.public_id}"
