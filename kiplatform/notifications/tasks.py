"""The worker's part: wakes the mail when a delivery is due.

The rows of EmailDelivery are the truth; a task only says when to look at them. A lost task delays
an e-mail until the next one, or until `manage.py send_email`.
"""

from datetime import datetime, timedelta

from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from kiplatform.core import clock
from kiplatform.events.registry import RecordedEvent, handler
from kiplatform.notifications.mail import send_due
from kiplatform.notifications.models import EmailDelivery

# Several deliveries that are due within this time share a task.
TOGETHER = timedelta(seconds=30)


@task()
def send_due_email() -> int:
    """Send what is due, plan the next look, and return how many e-mails went out."""
    done = send_due()
    if done.next_due is not None:
        plan(done.next_due)
    return done.sent


def plan(due_at: datetime) -> None:
    """See to it that a task looks at the mail at `due_at` or a little later."""
    waiting = DBTaskResult.objects.filter(
        task_path=send_due_email.module_path,
        status=TaskResultStatus.READY,
        run_after__range=(due_at, due_at + TOGETHER),
    )
    if not waiting.exists():
        # Not in the past: a task's time must lie after its making.
        send_due_email.using(run_after=max(due_at, clock.now())).enqueue()


@handler(name="notifications.mail", events=("notification.sent",))
def plan_mail(event: RecordedEvent) -> None:
    """Plan a look for each time at which one of the new deliveries is due."""
    rows = EmailDelivery.objects.filter(
        ended_at=None, notification__user__public_id__in=event.payload["users"]
    )
    for due_at in set(rows.values_list("due_at", flat=True)):
        plan(due_at)
