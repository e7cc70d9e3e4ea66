"""manage.py worker: tasks, due times and, in the cluster profile, the relay, in one process."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from kiplatform.events.periodic import Ticker
from kiplatform.events.relay import Relay


class Command(BaseCommand):
    help = "Run background tasks, periodic jobs and (with KIP_RELAY=worker) the relay."

    def handle(self, *args: Any, **options: Any) -> None:
        helpers: list[Ticker | Relay] = [Ticker()]
        if settings.EVENTS_RELAY == "worker":
            helpers.append(Relay())
        for helper in helpers:
            helper.start()
        worker = Worker(
            queue_names=["*"],
            excluded_queue_names=[],
            interval=1,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )
        worker.configure_signals()
        try:
            worker.run()
        finally:
            for helper in helpers:
                helper.stop()
