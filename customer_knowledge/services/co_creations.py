"""Co-creations: insights of both sides, published only where both sides consent."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.events import CoCreationChanged
from customer_knowledge.language import language_of
from customer_knowledge.models import CoCreation, Contribution, Customer, Message, Source, Thread
from customer_knowledge.services.customers import check_manages
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotFound
from kiplatform.core.text import clean_text
from kiplatform.events.services import record


@transaction.atomic
def co_creation_note(
    *,
    actor: User,
    customer: Customer,
    title: str,
    body: str,
    contributors: Sequence[User],
    thread: Thread | None = None,
    message: Message | None = None,
) -> CoCreation:
    """Note an insight that both sides reached; the company consents with it, the customer later.

    :param contributors: people of both sides, at least one of each.
    :param message: the utterance that it came from, if there is one.
    """
    check_manages(actor, customer)
    sides = {user.kind for user in contributors}
    if sides != {User.Kind.STAFF, User.Kind.CONTACT}:
        raise InvalidInput(_("Name contributors of both sides."), field="contributors")
    for user in contributors:
        if user.is_contact and not policies.speaks_for(user, customer):
            raise InvalidInput(_("A contributor is not of this customer."), field="contributors")
    cleaned = clean_text(body, field="body")
    source = Source.objects.create(
        customer=customer,
        kind=Source.Kind.MESSAGE if message else Source.Kind.STAFF,
        message=message,
        entered_by=actor,
    )
    row = CoCreation.objects.create(
        customer=customer,
        author=actor,
        language=language_of(cleaned, otherwise=actor.language),
        source=source,
        title=clean_text(title, field="title", max_length=200, multiline=False),
        body=cleaned,
        thread=thread,
        company_consented_at=clock.now(),
    )
    Contribution.objects.bulk_create(
        Contribution(
            co_creation=row,
            user=user,
            name=user.name,
            side=Contribution.Side.CUSTOMER if user.is_contact else Contribution.Side.COMPANY,
        )
        for user in dict.fromkeys(contributors)
    )
    _announce(row, actor)
    return row


@transaction.atomic
def co_creation_consent(*, actor: User, co_creation: CoCreation, agrees: bool) -> CoCreation:
    """The customer agrees to publication, or takes the consent back, which also unpublishes."""
    if not policies.speaks_for(actor, co_creation.customer):
        raise NotFound()
    co_creation.customer_consented_at = clock.now() if agrees else None
    if not agrees:
        co_creation.published_at = None
    co_creation.save(update_fields=["customer_consented_at", "published_at"])
    _announce(co_creation, actor)
    return co_creation


@transaction.atomic
def co_creation_publish(
    *, actor: User, co_creation: CoCreation, published_as: str = ""
) -> CoCreation:
    """Publish with both consents.  :raises Conflict: a consent is missing."""
    check_manages(actor, co_creation.customer)
    if not (co_creation.customer_consented_at and co_creation.company_consented_at):
        raise Conflict(_("Both sides must consent before this is published."), code="consent")
    co_creation.published_at = clock.now()
    co_creation.published_as = published_as
    co_creation.save(update_fields=["published_at", "published_as"])
    _announce(co_creation, actor)
    return co_creation


def _announce(row: CoCreation, actor: User) -> None:
    record(
        CoCreationChanged(co_creation=row.public_id, customer=row.customer.public_id),
        actor=actor,
        subject=f"co_creation:{row.public_id}",
    )
