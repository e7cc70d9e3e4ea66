"""The sentences that scripts show. They live here so that they are translated like all others."""

from django.utils.translation import gettext as _


def script_texts() -> dict[str, str]:
    """Return every sentence for scripts, by key, in the active language."""
    return {
        "sessionEnded": _(
            "Your session has ended. What you typed is kept on this device: sign in again and it "
            "will be waiting here."
        ),
        "refused": _("You may not do this. Nothing was changed; what you typed is still here."),
        "failed": _("The server could not do this. Nothing was lost; please try again."),
        "offline": _("No connection. What you typed is kept and can be sent again."),
        "reconnecting": _("Live updates are interrupted. Reconnecting…"),
        "draftRestored": _("Draft restored"),
        "draftSaved": _("Draft kept on this device"),
        "sending": _("Sending…"),
        "notSent": _("Not sent"),
        "retry": _("Send again"),
        "typingOne": _("{name} is typing"),
        "typingMany": _("{name} and others are typing"),
        "suggestionsCount": _("{n} suggestions"),
    }
