from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "kiplatform.demo"
    label = "demo"
