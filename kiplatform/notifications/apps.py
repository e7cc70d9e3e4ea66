from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "kiplatform.notifications"
    label = "notifications"

    def ready(self) -> None:
        from kiplatform.notifications import tasks  # noqa: F401
