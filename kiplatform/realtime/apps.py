from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "kiplatform.realtime"
    label = "realtime"

    def ready(self) -> None:
        from kiplatform.realtime import signals  # noqa: F401
