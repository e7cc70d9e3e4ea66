"""manage.py send_email: sends the notification e-mail that is due; safe to run from cron."""

from typing import Any

from django.core.management.base import BaseCommand

from kiplatform.notifications.mail import send_due


class Command(BaseCommand):
    help = "Send the notification e-mail that is due (the worker does it by itself)."

    def handle(self, *args: Any, **options: Any) -> None:
        done = send_due()
        self.stdout.write(f"{done.sent} sent, {done.failed} to retry, {done.dropped} dropped")
