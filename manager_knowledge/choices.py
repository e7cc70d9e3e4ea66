"""Words that the knowledge base chooses from."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class KnowledgeType(models.TextChoices):
    """The kinds of page; each is a page model of its own."""

    PRODUCT = "product", _("Product knowledge")
    BUSINESS = "business", _("Business knowledge")
    SERVICE = "service", _("Service knowledge")


class Audience(models.TextChoices):
    """Who may read a live page."""

    PUBLIC = "public", _("Everybody")
    CUSTOMERS = "customers", _("Customers and staff")
    STAFF = "staff", _("Staff")
    DEPARTMENT = "department", _("One department")


class State(models.TextChoices):
    """Where a page stands in the editorial workflow."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    LIVE = "live", _("Live")
    ARCHIVED = "archived", _("Archived")


class Significance(models.TextChoices):
    """What a revision means to somebody who knows the one before it."""

    MINOR = "minor", _("Minor: wording only, nothing to relearn")
    SIGNIFICANT = "significant", _("Significant: what it says has changed")
    CORRECTION = "correction", _("Correction: what it said was wrong")


class ProductType(models.TextChoices):
    """Sorts of product, as the company groups them."""

    DEPOSIT = "deposit", _("Deposit")
    FUND = "fund", _("Fund")
    INSURANCE = "insurance", _("Insurance")
    STRUCTURED = "structured", _("Structured product")
    FX = "fx", _("Foreign exchange")
    LOAN = "loan", _("Loan")
    CUSTODY = "custody", _("Custody")
    TRUST = "trust", _("Trust")
    MACHINE = "machine", _("Machine")
    SOFTWARE = "software", _("Software")
    SERVICE = "service", _("Service")
