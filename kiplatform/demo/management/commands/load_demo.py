"""manage.py load_demo: the demo company, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kiplatform.demo.loader import load

WORDS = {
    "knowledge": "Writing the knowledge base",
    "exchange": "A year of questions and answers",
}


class Command(BaseCommand):
    help = "Load the demo company (a private bank, in Chinese and English), once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not the demo profile: nothing was loaded.")
        if load(self.progress):
            self.stdout.write("The demo company is there.")
        else:
            self.stdout.write("The demo company was there already.")

    def progress(self, what: str, done: int, total: int) -> None:
        """Rewrite one line while a part is under way."""
        last = done == total
        if last or done % 10 == 0:
            self.stdout.write(f"\r  {WORDS[what]}: {done}/{total}", ending="\n" if last else "")
            self.stdout.flush()
