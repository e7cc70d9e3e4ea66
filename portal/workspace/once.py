"""Forms whose service takes no client id: sent twice from one page, they are carried out once.

Guarantee: of all submissions of one form, to whichever web process, one is carried out; the others
lead where it led. What is remembered is stored together with what the form writes, so a submission
that was refused, or died on the way, can be sent again.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import caches
from django.db import transaction

from kiplatform.accounts.models import User

REMEMBERED = 24 * 60 * 60


@contextmanager
def once(user: User, client_id: str) -> Iterator[bool]:
    """Say whether the block is to be carried out; what it writes and this stand or fall together.

    :param client_id: as the form sent it, whatever it is; an empty one is never remembered.
    """
    sent = hashlib.sha256(client_id.encode(errors="replace")).hexdigest()
    key = f"workspace.once:{user.pk}:{sent}"
    shared = caches["shared"]
    with transaction.atomic():
        # Whatever kept the database from adding the key, what nobody has sent is carried out.
        yield not client_id or shared.add(key, 1, REMEMBERED) or shared.get(key) is None
