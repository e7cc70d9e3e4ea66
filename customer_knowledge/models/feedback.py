"""Feedback of the customer: comments on products and markets, complaints, suggestions."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge.models.base import CustomerKnowledge, WordsQuerySet
from customer_knowledge.models.threads import Thread


class Trend(models.TextChoices):
    """Where somebody sees a market going."""

    DOWN = "down", _("Down")
    FLAT = "flat", _("Flat")
    UP = "up", _("Up")


class Feedback(CustomerKnowledge):
    """Base of what a customer says about products and markets; it opens a thread."""

    text = models.TextField(_("in your own words"), blank=True)
    thread = models.OneToOneField(Thread, models.PROTECT, related_name="%(class)s")
    client_id = models.CharField(max_length=40)

    objects = WordsQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:60]


class ProductComment(Feedback):
    """How a customer finds a product, against what they expected of it."""

    class LifeCycle(models.TextChoices):
        INTRODUCTION = "introduction", _("Introduction")
        GROWTH = "growth", _("Growth")
        MATURITY = "maturity", _("Maturity")
        DECLINE = "decline", _("Decline")

    class Understands(models.TextChoices):
        NO = "no", _("No")
        PARTLY = "partly", _("Partly")
        YES = "yes", _("Yes")

    class InvestmentPreference(models.TextChoices):
        CONSERVATIVE = "conservative", _("Conservative")
        BALANCED = "balanced", _("Balanced")
        GROWTH = "growth", _("Growth")
        AGGRESSIVE = "aggressive", _("Aggressive")

    perceived = models.PositiveSmallIntegerField(_("satisfaction"))
    expected = models.PositiveSmallIntegerField(_("what you had expected"))
    life_cycle = models.CharField(
        _("where the product stands"), max_length=12, choices=LifeCycle.choices, blank=True
    )
    understands = models.CharField(
        _("understands how it works"), max_length=6, choices=Understands.choices, blank=True
    )
    invested_similar = models.BooleanField(
        _("has invested in a similar market"), null=True, blank=True
    )
    investment_preference = models.CharField(
        _("investment preference"),
        max_length=12,
        choices=InvestmentPreference.choices,
        blank=True,
    )
    currency_preference = models.CharField(_("currency preference"), max_length=3, blank=True)
    trend = models.CharField(_("market trend"), max_length=4, choices=Trend.choices, blank=True)
    trend_reason = models.CharField(_("reasons"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("product comment")
        verbose_name_plural = _("product comments")
        constraints = [
            models.UniqueConstraint(
                fields=["author", "client_id"], name="product_comment_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(perceived__range=(1, 5), expected__range=(1, 5)),
                name="product_comment_ratings_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(product__isnull=False), name="product_comment_on_a_product"
            ),
        ]

    @property
    def satisfaction_index(self) -> Decimal:
        """Perceived over expected satisfaction: 1 is as expected, 0.2 to 5 is the range."""
        return Decimal(self.perceived) / Decimal(self.expected)


class MarketComment(Feedback):
    """What a customer says about a market, beside the company's own view."""

    market = models.CharField(_("market"), max_length=120)
    company_view = models.TextField(_("the company's professional view"), blank=True)
    own_research = models.TextField(_("the customer's own research"), blank=True)
    company_understanding = models.TextField(
        _("how the company understood the customer"), blank=True
    )

    class Meta:
        verbose_name = _("market comment")
        verbose_name_plural = _("market comments")
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="market_comment_sent_once")
        ]


class Remark(Feedback):
    """Base of complaints and suggestions: something to put right or to make better."""

    class Severity(models.TextChoices):
        LOW = "low", _("Minor")
        MEDIUM = "medium", _("Serious")
        HIGH = "high", _("Severe")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        IN_PROGRESS = "in_progress", _("Being worked on")
        RESOLVED = "resolved", _("Resolved")
        DECLINED = "declined", pgettext_lazy("feedback", "Declined")

    subject = models.CharField(_("subject"), max_length=160)
    severity = models.CharField(
        _("severity"), max_length=6, choices=Severity.choices, default=Severity.MEDIUM
    )
    wish = models.TextField(_("what would put it right"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    remedy = models.TextField(_("remedy"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="%(class)s_sent_once"),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "declined"], remedy__gt="")
                | Q(
                    state__in=["open", "in_progress"],
                    owner__isnull=False,
                    due_at__isnull=False,
                ),
                name="%(class)s_settled_or_owned_and_due",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class Complaint(Remark):
    """Something went wrong for the customer."""

    class Meta(Remark.Meta):
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")


class Suggestion(Remark):
    """Something could be better for the customer."""

    class Meta(Remark.Meta):
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
