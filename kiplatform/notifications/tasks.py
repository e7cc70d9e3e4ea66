"""The worker's part: sends the e-mail that is due.

The rows of EmailDelivery are the truth; the periodic job only looks whether some are due, and the
task sends them, so that a slow mail server holds up no other periodic job.
"""

from datetime import timedelta

from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from kiplatform.core import clock
from kiplatform.events.periodic import periodic
from kiplatform.notifications.mail import due, send_due


@task()
def send_due_email() -> int:
    """Send what is due, and return how many e-mails went out."""
    return send_due().sent


@periodic(name="notifications.mail", every=timedelta(seconds=5))
def look_for_due_email() -> None:
    """Ask for a round of sending where e-mail is due and nobody has asked yet."""
    asked = DBTaskResult.objects.filter(
        task_path=send_due_email.module_path, status=TaskResultStatus.READY
    )
    if due(clock.now()).exists() and not asked.exists():
        send_due_email.enqueue()
