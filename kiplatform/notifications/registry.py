"""What apps declare about the notifications that they send.

An app puts this into its `notifications.py`, imported in `AppConfig.ready()`:

    ASKED = register_type(NotificationType(
        key="question.asked",
        label=_("A customer asks"),
        title=_("%(customer)s asks: %(title)s"),
        body=_("Answer before %(due)s."),
        audience="staff",
        urgent=True,
    ))

    register_subject("question", Question.objects.visible_to)   # user -> the visible ones

    @handler(name="customer_knowledge.notify", events=("question.asked",))
    def notify_manager(event):
        notify(manager, ASKED.key, subject=f"question:{public_id}",
               params={"customer": ..., "title": ..., "due": ...},
               url=f"/workspace/questions/{public_id}/", event_id=event.event_id)

Titles and bodies are lazily translated templates with %(name)s places. A parameter is text, a
number, or a text in several languages as {"zh-hans": ..., "en": ...}.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal

from django.db import models
from django.db.models import QuerySet, Value
from django.utils.functional import Promise

from kiplatform.accounts.models import User

Words = str | Promise
Parameter = str | int | Mapping[str, str]
Audience = Literal["staff", "contact", "everyone"]
EmailMode = Literal["at_once", "digest", "off"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NotificationType:
    """One kind of notification.

    :param key: stable name, "app_word.what_happened".
    :param label: how the page of preferences calls it.
    :param title: template of the line in the bell and of the e-mail's subject.
    :param body: template of what follows; may be empty.
    :param audience: whose page of preferences lists it.
    :param in_app: whether it shows in the bell for somebody without preferences.
    :param email: whether it is e-mailed to somebody without preferences.
    :param urgent: whether its e-mail ignores quiet hours.
    """

    key: str
    label: Words
    title: Words
    body: Words = ""
    audience: Audience = "everyone"
    in_app: bool = True
    email: EmailMode = "digest"
    urgent: bool = False

    def is_for(self, user: User) -> bool:
        """Tell whether `user` can get notifications of this type."""
        return self.audience == "everyone" or self.audience == user.kind


VisibleTo = Callable[[User], QuerySet[Any]]

_types: dict[str, NotificationType] = {}
_subjects: dict[str, VisibleTo] = {}


def register_type(notification_type: NotificationType) -> NotificationType:
    """Make a type known and return it; ValueError where another one has its key."""
    known = _types.setdefault(notification_type.key, notification_type)
    if known != notification_type:
        raise ValueError(f"two notification types are called {notification_type.key}")
    return known


def type_named(key: str) -> NotificationType:
    """Return the type called `key`; KeyError where no app declares it."""
    return _types[key]


def known_types() -> dict[str, NotificationType]:
    """Return every declared type by its key."""
    return dict(_types)


def types_for(user: User) -> list[NotificationType]:
    """Return the types that `user` can get, by key."""
    return [entry for _, entry in sorted(_types.items()) if entry.is_for(user)]


def register_subject(kind: str, visible_to: VisibleTo) -> None:
    """Say how to tell which subjects ("kind:key") a person may still see.

    :param visible_to: returns what a person may see, as rows with a `public_id`, the key.
    """
    _subjects[kind] = visible_to


def split_subject(subject: str) -> tuple[str, str]:
    """Return kind and key of "kind:key"; ValueError where the kind is not registered.

    The empty subject, of a notification about nothing that could be hidden, gives ("", "").
    """
    kind, _, key = subject.partition(":")
    if subject and (kind not in _subjects or not key):
        raise ValueError(f"{kind!r} is not a registered kind of subject")
    return kind, key


def visible_subjects(user: User, subjects: Collection[str]) -> set[str]:
    """Return those of `subjects` that `user` may see, in one query however many kinds there are.

    A kind that is no longer registered is closed: nothing of it shows.
    """
    by_kind: dict[str, set[str]] = {}
    for subject in filter(None, subjects):
        kind, _, key = subject.partition(":")
        by_kind.setdefault(kind, set()).add(key)
    visible = [
        _subjects[kind](user)
        .filter(public_id__in=keys)
        .order_by()
        .values_list(Value(kind, models.CharField()), "public_id")
        for kind, keys in by_kind.items()
        if kind in _subjects
    ]
    rows = visible[0].union(*visible[1:], all=True) if visible else ()
    return {"", *(f"{kind}:{key}" for kind, key in rows)}
