"""manage.py trace: the whole journey of a question, event by event."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customer_knowledge.models import Question
from kiplatform.events.models import OutboxEvent
from qa_center.selectors import journey


class Command(BaseCommand):
    help = "Print the journey of a question: every event of its trace, and who has handled it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question", help="public id of the question")

    def handle(self, *args: Any, **options: Any) -> None:
        question = Question.objects.filter(public_id=options["question"]).first()
        if question is None:
            raise CommandError("There is no such question.")
        self.stdout.write(f"trace {question.trace_id}: {question.get_state_display()}")
        for event in journey(question):
            self.stdout.write(self._line(event))

    def _line(self, event: OutboxEvent) -> str:
        handled = [row.handler for row in event.deliveries.all() if row.done_at]
        waiting = [row.handler for row in event.deliveries.all() if not row.done_at]
        # Public ids and roles of work, no names: the output may go into a ticket.
        actor = event.actor.public_id if event.actor else "platform"
        parts = [
            f"{event.occurred_at:%Y-%m-%d %H:%M:%S}",
            f"{event.name:<28}",
            actor,
            event.subject,
        ]
        if handled:
            parts.append("-> " + ", ".join(sorted(handled)))
        if waiting:
            parts.append("WAITING: " + ", ".join(sorted(waiting)))
        return "  ".join(parts)
