"""Customers, the contacts who speak for them, the managers who own them, and the products."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import is_administrator, is_contact, is_staff
from kiplatform.accounts.roles import Role
from kiplatform.core.choices import Language
from kiplatform.core.models import BaseModel, TranslatedName


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, viewer: Viewer) -> "ProductQuerySet":
        """Staff see every product; everybody else those on offer."""
        return self if is_staff(viewer) else self.filter(is_active=True)


class Product(BaseModel, TranslatedName):
    """Something that the company sells; its code is the same in every language."""

    class Type(models.TextChoices):
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

    code = models.CharField(_("code"), max_length=40, unique=True)
    product_type = models.CharField(_("type"), max_length=12, choices=Type.choices)
    risk_level = models.PositiveSmallIntegerField(
        _("risk level"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    is_active = models.BooleanField(_("on offer"), default=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.CheckConstraint(
                condition=Q(risk_level__isnull=True) | Q(risk_level__range=(1, 5)),
                name="product_risk_1_to_5",
            )
        ]


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, viewer: Viewer) -> "CustomerQuerySet":
        """Its contacts, its managers and administrators see a customer; nobody else does."""
        if is_administrator(viewer):
            return self
        return self.filter(pk__in=customer_keys(viewer))


def customer_keys(viewer: Viewer) -> models.QuerySet["Customer", int]:
    """Return the keys of the customers that `viewer` speaks for or manages, as a subquery."""
    customers = Customer.objects.all()
    if is_contact(viewer):
        customers = customers.filter(contacts__user=viewer, contacts__is_active=True)
    elif is_staff(viewer) and Role.SALES_MANAGER in viewer.roles:
        customers = customers.filter(assignments__manager=viewer, assignments__ended_at=None)
    else:
        customers = customers.none()
    return customers.values_list("pk", flat=True)


class Customer(BaseModel):
    """A person or an organisation that the company serves; the owner of what is known of it."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        ORGANISATION = "organisation", _("Organisation")

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        OTHER = "other", _("Other")

    class Relationship(models.TextChoices):
        CONSUMER = "consumer", _("Consumer")
        B2B = "b2b", _("B2B")
        CHANNEL = "channel", pgettext_lazy("customer", "Channel")
        INTERNAL = "internal", _("Internal")

    class Importance(models.TextChoices):
        VIP = "vip", _("VIP")
        KEY = "key", pgettext_lazy("customer", "Key")
        ORDINARY = "ordinary", _("Ordinary")

    class Loyalty(models.TextChoices):
        POTENTIAL = "potential", _("Potential")
        NEW = "new", pgettext_lazy("customer", "New")
        EXISTING = "existing", _("Existing")
        LOYAL = "loyal", _("Loyal")

    class ValueType(models.TextChoices):
        LIGHTHOUSE = "lighthouse", _("Lighthouse")
        FOLLOWER = "follower", _("Follower")
        RATIONAL = "rational", _("Rational")
        PROFIT_SEEKING = "profit_seeking", _("Profit-seeking")

    name = models.CharField(_("name"), max_length=160)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    founding_year = models.PositiveSmallIntegerField(_("year of founding"), null=True, blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender.choices, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    address = models.CharField(_("address"), max_length=240, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    preferred_language = models.CharField(
        _("preferred language"), max_length=8, choices=Language.choices, default=Language.ZH_HANS
    )
    relationship = models.CharField(
        _("relationship"), max_length=10, choices=Relationship.choices, default="consumer"
    )
    importance = models.CharField(
        _("importance"), max_length=10, choices=Importance.choices, default="ordinary"
    )
    loyalty = models.CharField(
        _("loyalty"), max_length=10, choices=Loyalty.choices, default="potential"
    )
    value_type = models.CharField(
        _("value type"), max_length=16, choices=ValueType.choices, blank=True
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="person", founding_year__isnull=True)
                | Q(kind="organisation", birth_date__isnull=True, gender=""),
                name="customer_person_or_organisation",
            )
        ]
        indexes = [models.Index(fields=["name"], name="customer_name")]

    def __str__(self) -> str:
        return self.name


class Contact(BaseModel):
    """A person who speaks for a customer in the portal."""

    user = models.OneToOneField(User, models.CASCADE, related_name="contact")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    position = models.CharField(_("position"), max_length=80, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")

    def __str__(self) -> str:
        return self.user.name


class ManagerAssignment(BaseModel):
    """That a sales manager owns a customer, from when until when."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="assignments")
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments"
    )
    is_primary = models.BooleanField(_("first to answer"), default=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "manager"],
                condition=Q(ended_at__isnull=True),
                name="assignment_once_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=Q(ended_at__isnull=True, is_primary=True),
                name="assignment_one_primary",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} - {self.manager}"
