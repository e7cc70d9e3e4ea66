"""Knowledge about the customer: facts with their sources and purposes."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge.models.base import CustomerKnowledge, CustomerKnowledgeQuerySet
from customer_knowledge.models.customers import Customer
from kiplatform.core import clock
from kiplatform.core.models import BaseModel


class Source(BaseModel):
    """Where a piece came from: an utterance down to its characters, a record, or a call.

    Whatever was derived from a source goes when the source goes: the database cascades.
    """

    class Kind(models.TextChoices):
        PORTAL = "portal", _("Entered in the portal")
        MESSAGE = "message", _("Said in a message")
        CONTACT_LOG = "contact_log", _("Said in a contact")
        RECORD = "record", _("From a business record")
        STAFF = "staff", _("Entered by staff")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="sources")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    message = models.ForeignKey(
        "customer_knowledge.Message", models.CASCADE, null=True, blank=True, related_name="derived"
    )
    contact_log_entry = models.ForeignKey(
        "customer_knowledge.ContactLogEntry",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="derived",
    )
    reference = models.CharField(_("reference"), max_length=120, blank=True)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(kind="message", message__isnull=False, contact_log_entry__isnull=True)
                    | Q(kind="contact_log", message__isnull=True, contact_log_entry__isnull=False)
                    | Q(
                        kind__in=["portal", "record", "staff"],
                        message__isnull=True,
                        contact_log_entry__isnull=True,
                    )
                ),
                name="source_points_at_what_its_kind_says",
            ),
            models.CheckConstraint(
                condition=Q(span_start__isnull=True, span_end__isnull=True)
                | Q(span_start__lt=F("span_end")),
                name="source_span_is_a_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}".strip()


class Purpose(models.TextChoices):
    """What a fact may be used for."""

    SERVICE = "service", _("Serving the customer")
    ADVICE = "advice", _("Advice and recommendations")
    MARKETING = "marketing", _("Offers and events")
    COMPLIANCE = "compliance", _("Legal duties")


class BasicFact(BaseModel):
    """Where one field of a customer's basic data came from, and what the customer says of it."""

    class State(models.TextChoices):
        STANDING = "standing", _("Standing")
        CONTESTED = "contested", _("Contested by the customer")
        WITHDRAWN = "withdrawn", _("Withdrawn by the customer")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="basic_facts")
    field = models.CharField(max_length=40)
    source = models.ForeignKey(Source, models.CASCADE, related_name="basic_facts")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.SERVICE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.STANDING)
    note = models.CharField(_("what the customer says of it"), max_length=500, blank=True)

    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="basic_fact_once_per_field")
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.field}"


class AboutCustomer(CustomerKnowledge):
    """A fact about the customer, with the purpose that it may be used for."""

    purpose = models.CharField(
        _("purpose"), max_length=12, choices=Purpose.choices, default=Purpose.SERVICE
    )

    objects = CustomerKnowledgeQuerySet.as_manager()

    class Meta:
        abstract = True


class Transaction(AboutCustomer):
    """A business record: an order, a contract, a payment or a refund."""

    class Kind(models.TextChoices):
        ORDER = "order", pgettext_lazy("business record", "Order")
        CONTRACT = "contract", _("Contract")
        PAYMENT = "payment", _("Payment")
        REFUND = "refund", _("Refund")

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ACTIVE = "active", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    number = models.CharField(_("number"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=4, default=1)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, quantity__gte=0), name="transaction_not_negative"
            )
        ]

    def __str__(self) -> str:
        return self.number


class ProductUse(AboutCustomer):
    """That a customer uses a product or service, since when and how."""

    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    frequency = models.CharField(_("frequency"), max_length=80, blank=True)
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
                name="use_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(product__isnull=False), name="use_of_a_product"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.product}"


class Preference(AboutCustomer):
    """What a customer likes, how strongly, and how the company knows."""

    class Kind(models.TextChoices):
        HOBBY = "hobby", _("Hobby")
        INVESTMENT = "investment", _("Investment")
        CURRENCY = "currency", _("Currency")
        PRODUCT = "product", _("Product")
        CONTACT_CHANNEL = "contact_channel", _("Contact channel")
        CONTACT_TIME = "contact_time", _("Contact time")

    class Known(models.TextChoices):
        STATED = "stated", _("The customer said so")
        INFERRED = "inferred", _("Inferred")
        RECORDED = "recorded", _("From records")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=200)
    strength = models.PositiveSmallIntegerField(_("strength"), default=3)
    known = models.CharField(_("how it is known"), max_length=10, choices=Known.choices)
    confirmed_at = models.DateTimeField(_("confirmed by the customer"), null=True, blank=True)
    contested_at = models.DateTimeField(_("contested by the customer"), null=True, blank=True)
    expires_on = models.DateField(_("valid until"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(strength__range=(1, 5)), name="preference_strength_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(contested_at__isnull=True),
                name="preference_confirmed_or_contested",
            ),
        ]

    def __str__(self) -> str:
        return self.value


class ContactLogEntry(AboutCustomer):
    """One contact: a call, a visit, an e-mail; the call centre's log is here in full."""

    class Channel(models.TextChoices):
        CALL_CENTRE = "call_centre", _("Call centre")
        PHONE = "phone", _("Phone")
        VISIT = "visit", _("Visit")
        EMAIL = "email", _("E-mail")
        PORTAL = "portal", _("Portal")
        CHAT = "chat", _("Chat")

    class Direction(models.TextChoices):
        IN = "in", _("From the customer")
        OUT = "out", _("To the customer")

    channel = models.CharField(_("channel"), max_length=12, choices=Channel.choices)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    ended_at = models.DateTimeField(_("end"), default=clock.now)
    summary = models.TextField(_("summary"))
    spoke = models.CharField(_("who spoke"), max_length=160, blank=True)
    next_step = models.CharField(_("next step"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("occurred_at")), name="contact_ends_after_it_begins"
            )
        ]
        indexes = [models.Index(fields=["customer", "-occurred_at"], name="contact_log_recent")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.occurred_at:%Y-%m-%d}"
