"""manage.py first_administrator: who sets up a new installation."""

from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from kiplatform.accounts.services import first_administrator
from kiplatform.core.choices import Language
from kiplatform.core.errors import InvalidInput, NotAllowed


class Command(BaseCommand):
    help = "Make the first administrator, who then makes everybody else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="their e-mail address, with which they sign in")
        parser.add_argument("--name", default="", help="their name; default: from the address")
        parser.add_argument(
            "--language", default=Language.ZH_HANS, choices=Language.values, help="what they read"
        )
        parser.add_argument(
            "--password", action="store_true", help="ask for a password here, not by e-mail"
        )
        parser.add_argument(
            "--another", action="store_true", help="also where there is an administrator already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"]
        try:
            user = first_administrator(
                email=email,
                name=options["name"] or email.partition("@")[0],
                language=options["language"],
                password=self._asked() if options["password"] else None,
                another=options["another"],
            )
        except NotAllowed as error:
            raise CommandError(
                "There is an administrator already, who can make others at /admin/. "
                "Nothing was done. If nobody can sign in as one, run it again with --another."
            ) from error
        except InvalidInput as error:
            raise CommandError(f"Nothing was done: {error}") from error
        self.stdout.write(f"{user.email} is an administrator now.")
        self.stdout.write(self._next(with_password=options["password"]))

    def _asked(self) -> str:
        """Ask for the password, twice, without showing it."""
        password = getpass("Password: ")
        if getpass("The same again: ") != password:
            raise CommandError("The two passwords differ. Nothing was done.")
        return password

    def _next(self, *, with_password: bool) -> str:
        if with_password:
            return f"Sign in at {settings.SITE_URL}{reverse('account_login')}"
        page = settings.SITE_URL + reverse("account_reset_password")
        return (
            f"To choose a password, enter that address at {page}\n"
            "and follow the link in the e-mail. Without KIP_EMAIL_URL the web process prints the "
            "e-mail to its log."
        )
