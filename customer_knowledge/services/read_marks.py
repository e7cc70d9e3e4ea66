"""How far people have read: a mark that only moves on."""

from django.db import transaction
from django.db.models import Max

from customer_knowledge import policies
from customer_knowledge.models import Message, ReadMark, Thread
from kiplatform.accounts.models import User
from kiplatform.core.errors import NotFound


@transaction.atomic
def mark_read(*, user: User, thread: Thread, version: int | None = None) -> None:
    """Note that `user` has read `thread` up to `version`; a mark never goes back.

    No event: nobody acts on it, and the hub finds it by the thread's `read_version`.

    :param version: the thread's version, for a contact its shared version; None means all.
    :raises NotFound: the person does not see the thread.
    """
    if not policies.sees_thread(user, thread):
        raise NotFound()
    newest = thread.shared_version if user.is_contact else thread.version
    read = newest if version is None else min(version, newest)
    if ReadMark.objects.filter(thread=thread, user=user, version__gte=read).exists():
        return
    held = Thread.objects.select_for_update().get(pk=thread.pk)
    mark, _created = ReadMark.objects.get_or_create(thread=held, user=user)
    if mark.version > read:
        return
    mark.version = read
    number = _last_number(user, held, read)
    if number > mark.number:
        held.read_version += 1
        held.save(update_fields=["read_version"])
        mark.number, mark.moved = number, held.read_version
    mark.save(update_fields=["version", "number", "moved"])


def mark_own(author: User, message: Message, thread: Thread) -> None:
    """Note that the author of the newest message has read up to it.

    :param thread: its row, held by the transaction, with a new `read_version`.
    """
    mark = ReadMark(
        thread=thread,
        user=author,
        version=thread.shared_version if author.is_contact else thread.version,
        number=message.number,
        moved=thread.read_version,
    )
    ReadMark.objects.bulk_create(
        [mark],
        update_conflicts=True,
        unique_fields=["thread", "user"],
        update_fields=["version", "number", "moved"],
    )


def _last_number(user: User, thread: Thread, read: int) -> int:
    """Return the number of the newest message at that version; 0 where there is none."""
    rows = Message.objects.filter(thread=thread)
    if user.is_contact:
        rows = rows.filter(audience=Message.Audience.CUSTOMER, shared_version__lte=read)
    else:
        # A message's number is the version that it came with, however often it changed since.
        rows = rows.filter(number__lte=read)
    return rows.aggregate(last=Max("number"))["last"] or 0
