from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "kiplatform.realtime"
    label = "realtime"
