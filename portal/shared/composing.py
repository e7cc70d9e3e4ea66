"""What a composer posts beside its words: the message that is replied to, people to mention."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from customer_knowledge import selectors, thread_people
from customer_knowledge.mentions import with_names
from customer_knowledge.models import Message, Thread
from kiplatform.accounts.models import User
from kiplatform.core.errors import InvalidInput, NotFound

MOST_MENTIONS = 50


@dataclass(frozen=True, slots=True)
class Written:
    """A message as its form was sent; everybody who was picked is named in `text`."""

    text: str
    reply_to: Message | None
    mentions: Sequence[User]

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of `services.message_post` that it stands for."""
        return {"text": self.text, "reply_to": self.reply_to, "mentions": self.mentions}


def written(viewer: User, thread: Thread, data: QueryDict) -> Written:
    """Return what `data` of a composer says.

    :raises InvalidInput: the message that is replied to is not in this thread, or not to be seen.
    """
    picked = data.getlist("mention")[:MOST_MENTIONS]
    people = list(thread_people.people_of(thread).filter(public_id__in=picked)) if picked else []
    text = data.get("text", "")
    return Written(
        text=with_names(text, people) if text.strip() else text,
        reply_to=replied(viewer, thread, data.get("reply_to", "")),
        mentions=people,
    )


def replied(viewer: User, thread: Thread, key: str) -> Message | None:
    """Return the message that `key` names, None for no key.

    :raises InvalidInput: there is none in this thread that the viewer sees.
    """
    if not key:
        return None
    try:
        message = selectors.message_for(viewer, key)
    except NotFound:
        message = None
    if message is None or message.thread_id != thread.pk:
        raise InvalidInput(_("The message that you reply to is not here."), field="reply_to")
    return message
