from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "kiplatform.events"
    label = "events"
