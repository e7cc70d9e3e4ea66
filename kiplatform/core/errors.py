"""What a service may refuse with: each error carries words for the person who asked.

Views turn them into pages: InvalidInput 422 beside the field, Conflict 409 with the fresh state,
NotAllowed 403, NotFound 404. What a viewer may not see is NotFound, never NotAllowed.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ApplicationError(Exception):
    """A refusal that the person who asked can understand.

    :param message: translated words for the person.
    :param code: a stable word for programs, such as "too_long".
    :param field: the form field that the refusal is about, if it is about one.
    """

    status = 400

    def __init__(
        self, message: str | Promise, *, code: str = "refused", field: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.field = field

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(ApplicationError):
    """What was sent cannot be stored as it is."""

    status = 422


class NotAllowed(ApplicationError):
    """The person sees the thing but may not do this to it."""

    status = 403


class NotFound(ApplicationError):
    """There is no such thing, as far as this person is concerned."""

    status = 404

    def __init__(
        self,
        message: str | Promise = _("This page does not exist, or is not meant for you."),
        *,
        code: str = "not_found",
        field: str | None = None,
    ) -> None:
        super().__init__(message, code=code, field=field)


class Conflict(ApplicationError):
    """Somebody else was faster; the page must be read again before deciding."""

    status = 409
