"""Forms whose service takes no client id: sent twice from one page, they are carried out once.

Guarantee: of all submissions of one form, to whichever web process, one is carried out unless it
was refused; the others lead where it led.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from kiplatform.accounts.models import User
from kiplatform.core.errors import ApplicationError

REMEMBERED = 24 * 60 * 60


@contextmanager
def once(user: User, client_id: str) -> Iterator[bool]:
    """Say whether the block is to be carried out; a refusal in it lets the form be sent again."""
    key = f"workspace.once:{user.pk}:{client_id}"
    # Whatever kept the database from adding the key, a form that nobody has sent is carried out.
    first = not client_id or cache.add(key, 1, REMEMBERED) or cache.get(key) is None
    try:
        yield first
    except ApplicationError:
        cache.delete(key)
        raise
