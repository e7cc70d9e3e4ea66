from django.apps import AppConfig


class QACenterConfig(AppConfig):
    name = "qa_center"
    label = "qa_center"
