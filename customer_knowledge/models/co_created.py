"""Knowledge that a customer and the company made together."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models.base import CustomerKnowledge, CustomerKnowledgeQuerySet
from customer_knowledge.models.threads import Thread
from kiplatform.core.models import BaseModel


class CoCreation(CustomerKnowledge):
    """An insight that both sides reached; it is published only where both sides consent."""

    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("insight"))
    thread = models.ForeignKey(
        Thread, models.SET_NULL, null=True, blank=True, related_name="co_creations"
    )
    customer_consented_at = models.DateTimeField(null=True, blank=True)
    company_consented_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Where it was published, named as search names it: the key of a knowledge page.
    published_as = models.CharField(max_length=40, blank=True)

    objects = CustomerKnowledgeQuerySet.as_manager()

    class Meta:
        verbose_name = _("co-creation")
        verbose_name_plural = _("co-creations")
        constraints = [
            models.CheckConstraint(
                condition=Q(published_at__isnull=True)
                | Q(customer_consented_at__isnull=False, company_consented_at__isnull=False),
                name="co_creation_published_by_consent",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Contribution(BaseModel):
    """That a person helped to make it; later revisions keep the credit."""

    class Side(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        COMPANY = "company", _("Company")

    co_creation = models.ForeignKey(CoCreation, models.CASCADE, related_name="contributions")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="contributions"
    )
    name = models.CharField(max_length=120)
    side = models.CharField(max_length=8, choices=Side.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["co_creation", "user"], name="contribution_once_per_person"
            )
        ]

    def __str__(self) -> str:
        return self.name
