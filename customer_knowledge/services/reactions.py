"""Reactions that mean something: I stand by this, I object, me too."""

from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge import policies
from customer_knowledge.models import Message, Reaction, Thread
from customer_knowledge.services.threads import announce_change
from kiplatform.accounts.models import User
from kiplatform.core.errors import Conflict, InvalidInput, NotFound


@transaction.atomic
def message_react(*, actor: User, message: Message, kind: str, on: bool) -> Message:
    """Set or take back a reaction; setting it twice changes nothing.

    :raises NotFound: the actor does not see the message.
    :raises InvalidInput: this message has no such reaction, or it is the actor's own.
    :raises Conflict: the message was deleted, or the thread is closed.
    """
    if not policies.sees_message(actor, message):
        raise NotFound()
    if kind not in policies.reactions_to(actor, message):
        raise InvalidInput(_("You cannot react to this message in this way."), field="kind")
    thread = Thread.objects.select_for_update().get(pk=message.thread_id)
    message = Message.objects.get(pk=message.pk)
    if message.deleted_at is not None:
        raise Conflict(_("This message was deleted."), code="deleted")
    if thread.closed_at is not None:
        raise Conflict(_("This conversation has ended. Nothing was sent."), code="closed")
    if on:
        _reaction, changed = Reaction.objects.get_or_create(message=message, user=actor, kind=kind)
    else:
        changed = bool(message.reactions.filter(user=actor, kind=kind).delete()[0])
    return announce_change(thread, message, actor, "reaction") if changed else message
