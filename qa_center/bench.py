"""Real discussions for the load test: cases, their threads and members, the service that posts.

Only what leads up to them is short: the cases are written without the search that opening one runs.
"""

from collections.abc import Sequence
from datetime import timedelta

from customer_knowledge.models import Thread, ThreadMember
from customer_knowledge.selectors import thread_for
from customer_knowledge.services import message_post
from kiplatform.accounts.models import User
from kiplatform.core import clock
from qa_center.models import ResearchCase


class CaseScene:
    """Colleagues who discuss cases."""

    prefix = "thread"

    def prepare(self) -> None:
        """Do nothing: these are the platform's own tables."""

    def open_thread(self, members: Sequence[User]) -> str:
        manager = members[0]
        thread = Thread.objects.create(kind=Thread.Kind.CASE)
        ThreadMember.objects.bulk_create(
            ThreadMember(thread=thread, user=member) for member in members
        )
        ResearchCase.objects.create(
            manager=manager,
            owner=manager,
            text="What does the load test ask?",
            language="en",
            state=ResearchCase.State.DISCUSSING,
            due_at=clock.now() + timedelta(days=7),
            thread=thread,
            client_id=thread.public_id,
            trace_id=thread.public_id,
        )
        return thread.public_id

    def post(self, actor: User, thread: str, item: str, text: str) -> int:
        message = message_post(
            actor=actor, thread=thread_for(actor, thread), text=text, client_id=item
        )
        return message.version


SCENE = CaseScene()
