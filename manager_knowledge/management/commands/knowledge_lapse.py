"""manage.py knowledge_lapse: announce the verifications whose last day is over."""

from typing import Any

from django.core.management.base import BaseCommand

from manager_knowledge.services import verifications_lapse


class Command(BaseCommand):
    help = "Announce the verifications whose last day is over; run it once a day."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{verifications_lapse()} verifications have lapsed")
