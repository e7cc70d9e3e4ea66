"""Uploads: a file is what its bytes say; one that lies about its type is refused."""

import unicodedata
from pathlib import PurePath

import filetype
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from customer_knowledge.models import Attachment
from kiplatform.accounts.models import User
from kiplatform.core.errors import InvalidInput

ALLOWED = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "txt": "text/plain",
    "csv": "text/csv",
}
_TEXTS = {"txt", "csv"}
_HEAD_BYTES = 8192


def check_upload(upload: UploadedFile) -> tuple[str, str]:
    """Return the safe name and the true media type of an upload.

    :raises InvalidInput: it is empty, too large, of a kind that is not taken, or its bytes are
        not of the kind that its name says.
    """
    raw = unicodedata.normalize("NFC", PurePath(upload.name or "file").name)
    name = "".join(c for c in raw if c.isprintable())[-160:] or "file"
    suffix = PurePath(name).suffix.lstrip(".").lower()
    if suffix not in ALLOWED:
        raise InvalidInput(
            _("Files of this kind are not taken. Allowed: %(kinds)s.")
            % {"kinds": ", ".join(sorted(ALLOWED))},
            code="kind",
            field="attachments",
        )
    size = upload.size or 0
    if not 0 < size <= settings.ATTACHMENT_MAX_BYTES:
        raise InvalidInput(
            _("A file must hold something, and at most %(limit)d MB.")
            % {"limit": settings.ATTACHMENT_MAX_BYTES // 2**20},
            code="size",
            field="attachments",
        )
    head = upload.read(_HEAD_BYTES)
    upload.seek(0)
    if not _is_what_it_says(suffix, head):
        raise InvalidInput(
            _("%(name)s is not what its name says. It was not stored.") % {"name": name},
            code="lying_type",
            field="attachments",
        )
    return name, ALLOWED[suffix]


def _is_what_it_says(suffix: str, head: bytes) -> bool:
    guessed = filetype.guess(head)
    if suffix in _TEXTS:
        return guessed is None and b"\x00" not in head
    if guessed is None:
        return False
    if guessed.mime == ALLOWED[suffix]:
        return True
    # Office files are zip archives; how they begin depends on the program that wrote them.
    return guessed.mime == "application/zip" and suffix in {"docx", "xlsx", "pptx"}


@transaction.atomic
def attachment_store(*, actor: User, upload: UploadedFile) -> Attachment:
    """Keep an upload until a message takes it along; only its uploader sees it until then."""
    name, content_type = check_upload(upload)
    row = Attachment(uploader=actor, name=name, content_type=content_type, size=upload.size or 0)
    # The stored name tells nothing and cannot be guessed; the shown name is kept in the row.
    row.file.save(f"{row.public_id}{PurePath(name).suffix.lower()}", upload, save=False)
    row.save()
    return row
