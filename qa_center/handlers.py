"""What the research center does when something happens elsewhere."""

from kiplatform.accounts.models import User
from kiplatform.events.registry import RecordedEvent, handler
from qa_center.models import ResearchCase
from qa_center.services.cases import end
from qa_center.story import locked


@handler(name="qa_center.withdrawn", events=("question.withdrawn",))
def cancel_on_withdrawal(event: RecordedEvent) -> None:
    """A customer who takes the question back ends the case on it; nobody works for nothing."""
    running = ResearchCase.objects.not_ended().filter(question__public_id=event.payload["question"])
    actor = User.objects.filter(pk=event.actor_id).first()
    for row in running:
        case = locked(None, row)
        if not case.is_ended:
            case.end_reason = "withdrawn"
            end(case, ResearchCase.State.CANCELLED, actor)
