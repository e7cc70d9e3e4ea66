from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "kiplatform.notifications"
    label = "notifications"
