"""Files that come with a form: kept together with what they belong to, or not at all."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge.models import Attachment
from customer_knowledge.services import attachment_store
from kiplatform.accounts.models import User
from kiplatform.core.errors import InvalidInput

MOST_FILES = 5


@contextmanager
def kept(actor: User, uploads: Iterable[UploadedFile]) -> Iterator[list[Attachment]]:
    """Store `uploads` for the block; if it fails, neither rows nor files stay behind.

    :raises InvalidInput: there are more than `MOST_FILES`, or one of them is refused.
    """
    files = list(uploads)
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            _check_number(files)
            for upload in files:
                stored.append(attachment_store(actor=actor, upload=upload))
            yield stored
            # A write that was sent before takes nothing along: what came again goes.
            unused = {
                row.pk
                for row in Attachment.objects.filter(
                    pk__in=[row.pk for row in stored], message=None
                )
            }
            Attachment.objects.filter(pk__in=unused).delete()
    except BaseException:
        _forget(stored)
        raise
    _forget(row for row in stored if row.pk in unused)


def _check_number(files: list[UploadedFile]) -> None:
    if len(files) > MOST_FILES:
        raise InvalidInput(
            _("At most %(limit)d files can be sent at once.") % {"limit": MOST_FILES},
            code="files",
            field="attachments",
        )


def _forget(rows: Iterable[Attachment]) -> None:
    for row in rows:
        row.file.storage.delete(str(row.file.name))
