"""Accounts are made by the company, never by strangers; what it writes to people is in their
language, whoever asked for it and in whichever language."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import translation

from kiplatform.accounts.models import User


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: contacts and staff are invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a letter in its reader's language; a stranger's is that of the request."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        with translation.override(language):
            super().send_mail(template_prefix, email, context)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody that their account was changed."""
        about = {**(context or {}), "user": user}
        super().send_notification_mail(template_prefix, user, about, email)
