"""Cleaning of what people type: nothing invisible is stored, and nothing is silently cut."""

import re
import unicodedata

from django.utils.translation import gettext as _

from kiplatform.core.errors import InvalidInput

MAX_TEXT = 20_000

# Control characters (but tab, newline), zero-width and directional formatting, surrogates,
# non-characters. Zero-width joiner stays: emoji need it.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\ufffe\uffff]"
)
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(
    value: str,
    *,
    field: str,
    max_length: int = MAX_TEXT,
    required: bool = True,
    multiline: bool = True,
) -> str:
    """Return `value` in NFC without invisible characters and outer white space.

    :param field: form field named in the error.
    :param max_length: most characters that are kept, 1 or more.
    :param required: whether an empty text is refused.
    :param multiline: whether line breaks are kept; otherwise they become spaces.
    :raises InvalidInput: the text is empty though required, or too long.
    """
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INVISIBLE.sub("", text)
    text = _BLANK_LINES.sub("\n\n", text) if multiline else " ".join(text.split())
    text = text.strip()
    if required and not any(character.isalnum() for character in text):
        raise InvalidInput(_("Please write something here."), code="empty", field=field)
    if len(text) > max_length:
        raise InvalidInput(
            _("This is too long: %(length)d characters, at most %(limit)d are kept.")
            % {"length": len(text), "limit": max_length},
            code="too_long",
            field=field,
        )
    return text
