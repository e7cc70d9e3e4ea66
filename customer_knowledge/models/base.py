"""What every piece of customer knowledge carries."""

from typing import TypeVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models.customers import Customer, Product, customer_keys
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.policies import has_role, is_administrator, is_contact
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.choices import Language
from kiplatform.core.models import BaseModel

Piece = TypeVar("Piece", bound=models.Model)


class Visibility(models.TextChoices):
    """Whether the customer's own contacts see a piece, or only the company's side does."""

    SHARED = "shared", _("The customer and its managers")
    INTERNAL = "internal", _("The company only")


class CustomerKnowledgeQuerySet(models.QuerySet[Piece]):
    """Pieces as their customer's people see them."""

    # The product team sees customers' words; tables that hold only words switch this on.
    open_to_product_team = False

    def visible_to(self, viewer: Viewer) -> "CustomerKnowledgeQuerySet[Piece]":
        """Managers see what concerns their customers; contacts what is shared with them."""
        if is_administrator(viewer):
            return self
        if self.open_to_product_team and has_role(viewer, Role.PRODUCT_TEAM):
            return self
        mine = self.filter(customer__in=customer_keys(viewer))
        return mine.filter(visibility=Visibility.SHARED) if is_contact(viewer) else mine

    def of_known_customers(self, viewer: Viewer) -> "CustomerKnowledgeQuerySet[Piece]":
        """Leave out whose customer `viewer` may not know, as the product team reads them."""
        if is_administrator(viewer):
            return self
        return self.filter(customer__in=customer_keys(viewer))


class WordsQuerySet(CustomerKnowledgeQuerySet[Piece]):
    """Pieces that are customers' words, which the product team may read."""

    open_to_product_team = True


class CustomerKnowledge(BaseModel):
    """Base of a piece: whose it is, about what, by whom, when, from where, and who may see it."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="%(class)s_set")
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="%(class)s_set"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    language = models.CharField(
        _("language"), max_length=8, choices=Language.choices, default=Language.ZH_HANS
    )
    occurred_at = models.DateTimeField(_("time"), default=clock.now)
    source = models.ForeignKey(
        "customer_knowledge.Source", models.CASCADE, related_name="%(class)s_set"
    )
    visibility = models.CharField(
        _("visibility"), max_length=8, choices=Visibility.choices, default=Visibility.SHARED
    )

    class Meta:
        abstract = True
