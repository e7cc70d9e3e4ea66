"""Who may see and do what with customer knowledge.

Each predicate that says "sees" is paired with a queryset's `visible_to`; tests prove them equal.
"""

from customer_knowledge.models import (
    Answer,
    Customer,
    Message,
    Question,
    Reaction,
    Thread,
)
from customer_knowledge.models.base import CustomerKnowledge, Visibility, WordsQuerySet
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import has_role, is_administrator, is_contact, is_staff
from kiplatform.accounts.roles import Role


def speaks_for(viewer: Viewer, customer: Customer) -> bool:
    """Tell whether `viewer` is an active contact of `customer`."""
    return is_contact(viewer) and customer.contacts.filter(user=viewer, is_active=True).exists()


def manages(viewer: Viewer, customer: Customer) -> bool:
    """Tell whether `viewer` is one of the sales managers who own `customer` now."""
    return (
        has_role(viewer, Role.SALES_MANAGER)
        and customer.assignments.filter(manager=viewer, ended_at=None).exists()
    )


def sees_customer(viewer: Viewer, customer: Customer) -> bool:
    """Pair of `CustomerQuerySet.visible_to`."""
    return is_administrator(viewer) or manages(viewer, customer) or speaks_for(viewer, customer)


def sees_piece(viewer: Viewer, piece: CustomerKnowledge) -> bool:
    """Pair of `CustomerKnowledgeQuerySet.visible_to`, for every kind of piece."""
    if is_administrator(viewer) or manages(viewer, piece.customer):
        return True
    words = issubclass(type(type(piece)._default_manager.all()), WordsQuerySet)
    if words and has_role(viewer, Role.PRODUCT_TEAM):
        return True
    return piece.visibility == Visibility.SHARED and speaks_for(viewer, piece.customer)


def sees_thread(viewer: Viewer, thread: Thread) -> bool:
    """Pair of `ThreadQuerySet.visible_to`."""
    if is_administrator(viewer):
        return True
    if thread.customer is not None and sees_customer(viewer, thread.customer):
        return True
    return is_staff(viewer) and thread.members.filter(user=viewer, left_at=None).exists()


def sees_message(viewer: Viewer, message: Message) -> bool:
    """Pair of `MessageQuerySet.visible_to`."""
    if is_contact(viewer) and message.audience != Message.Audience.CUSTOMER:
        return False
    return sees_thread(viewer, message.thread)


def sees_answer(viewer: Viewer, answer: Answer) -> bool:
    """Pair of `AnswerQuerySet.visible_to`."""
    return is_staff(viewer) or speaks_for(viewer, answer.question.customer)


def may_ask(viewer: Viewer) -> bool:
    """Contacts ask, for the customer whom they speak for."""
    return isinstance(viewer, User) and is_contact(viewer) and _active_contact(viewer)


def _active_contact(viewer: User) -> bool:
    contact = getattr(viewer, "contact", None)
    return contact is not None and contact.is_active


def may_answer(viewer: Viewer, question: Question) -> bool:
    """A customer's managers answer it, and administrators where no manager can."""
    return is_administrator(viewer) or manages(viewer, question.customer)


def may_manage_customer(viewer: Viewer, customer: Customer) -> bool:
    """A customer's managers and administrators write what is known of it."""
    return is_administrator(viewer) or manages(viewer, customer)


def may_post(viewer: Viewer, *, internal: bool) -> bool:
    """Whoever sees a thread writes in it; internal notes are the company's alone."""
    return is_staff(viewer) or not internal


def reactions_to(viewer: Viewer, message: Message) -> frozenset[str]:
    """Return the kinds of reaction that `viewer`, who sees the message, can give it.

    Between customer and company nobody objects with a sign: it would have no owner and no due
    time. A customer who is not content says so in words, or opens the question again.
    """
    if not isinstance(viewer, User) or message.author_id == viewer.pk:
        return frozenset()
    kinds = frozenset(Reaction.Kind.values)
    if message.audience == Message.Audience.CUSTOMER:
        return kinds - {Reaction.Kind.OBJECT.value}
    return kinds


def may_settle(viewer: Viewer, customer: Customer) -> bool:
    """A complaint or suggestion is settled by the customer's managers or an administrator."""
    return may_manage_customer(viewer, customer)
