from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "kiplatform.core"
    label = "core"
