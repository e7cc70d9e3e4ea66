"""The three types of knowledge: what each says beyond its text."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel
from wagtail.models import Orderable

from manager_knowledge.choices import KnowledgeType, ProductType
from manager_knowledge.models.pages import KnowledgePage


class Step(Orderable):
    """One step of a process: who does what, with which documents, in what time."""

    who = models.CharField(_("who"), max_length=120)
    what = models.TextField(_("what"))
    documents = models.TextField(_("documents"), blank=True)
    time = models.CharField(_("time"), max_length=120, blank=True)

    panels = [
        FieldRowPanel([FieldPanel("who"), FieldPanel("time")]),
        FieldPanel("what"),
        FieldPanel("documents"),
    ]

    class Meta(Orderable.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.who}: {self.what}"


class ProductKnowledge(KnowledgePage):
    """What a product is, what it earns and risks, and whom it suits."""

    product_type = models.CharField(
        _("product type"), max_length=12, choices=ProductType.choices, blank=True
    )
    structure = models.TextField(_("product structure"), blank=True)
    market_trends = models.TextField(_("market trends"), blank=True)
    risk_level = models.PositiveSmallIntegerField(
        _("risk level"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
        help_text=_("1 (low) to 5 (high)"),
    )
    expected_return = models.CharField(_("expected return"), max_length=200, blank=True)
    horizon = models.CharField(_("investment horizon"), max_length=120, blank=True)
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("Three letters, such as CNY.")
    )
    suits = models.TextField(_("who it suits"), blank=True)

    knowledge_type = KnowledgeType.PRODUCT
    text_fields = (
        "product_type",
        "structure",
        "market_trends",
        "risk_level",
        "expected_return",
        "horizon",
        "currency",
        "suits",
    )
    neutral_fields = ("product_type", "risk_level", "currency")
    is_creatable = True
    content_panels = [
        *KnowledgePage.common_panels,
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("product_type"), FieldPanel("currency")]),
                FieldRowPanel([FieldPanel("risk_level"), FieldPanel("horizon")]),
                FieldPanel("expected_return"),
                FieldPanel("structure"),
                FieldPanel("market_trends"),
                FieldPanel("suits"),
            ],
            heading=_("The product"),
        ),
        *KnowledgePage.reach_panels,
        *KnowledgePage.revision_panels,
    ]

    class Meta:
        verbose_name = _("product knowledge")
        verbose_name_plural = _("product knowledge")
        constraints = [
            models.CheckConstraint(
                condition=Q(risk_level__isnull=True) | Q(risk_level__range=(1, 5)),
                name="knowledge_risk_level_1_to_5",
                violation_error_message=_("The risk level is a whole number from 1 to 5."),
            )
        ]


class BusinessKnowledge(KnowledgePage):
    """How the company handles a piece of business, step by step; its content is the body."""

    business_type = models.CharField(_("business type"), max_length=120, blank=True)

    knowledge_type = KnowledgeType.BUSINESS
    text_fields = ("business_type",)
    is_creatable = True
    content_panels = [
        *KnowledgePage.common_panels,
        FieldPanel("business_type"),
        InlinePanel("steps", heading=_("Handling process"), label=_("step")),
        *KnowledgePage.reach_panels,
        *KnowledgePage.revision_panels,
    ]

    class Meta:
        verbose_name = _("business knowledge")
        verbose_name_plural = _("business knowledge")


class HandlingStep(Step):
    """A step of handling a piece of business."""

    page = ParentalKey(BusinessKnowledge, on_delete=models.CASCADE, related_name="steps")

    class Meta(Step.Meta):
        verbose_name = _("handling step")
        verbose_name_plural = _("handling steps")


class ServiceKnowledge(KnowledgePage):
    """What customers can count on, under which conditions, and how a complaint is handled."""

    service_item = models.CharField(_("service item"), max_length=200, blank=True)
    conditions = models.TextField(_("conditions"), blank=True)
    service_level = models.TextField(_("service level"), blank=True)

    knowledge_type = KnowledgeType.SERVICE
    text_fields = ("service_item", "conditions", "service_level")
    is_creatable = True
    content_panels = [
        *KnowledgePage.common_panels,
        MultiFieldPanel(
            [
                FieldPanel("service_item"),
                FieldPanel("conditions"),
                FieldPanel("service_level"),
            ],
            heading=_("The service"),
        ),
        InlinePanel("steps", heading=_("Complaint process"), label=_("step")),
        *KnowledgePage.reach_panels,
        *KnowledgePage.revision_panels,
    ]

    class Meta:
        verbose_name = _("service knowledge")
        verbose_name_plural = _("service knowledge")


class ComplaintStep(Step):
    """A step of handling a complaint about a service."""

    page = ParentalKey(ServiceKnowledge, on_delete=models.CASCADE, related_name="steps")

    class Meta(Step.Meta):
        verbose_name = _("complaint step")
        verbose_name_plural = _("complaint steps")
