from django.apps import AppConfig


class ManagerKnowledgeConfig(AppConfig):
    name = "manager_knowledge"
    label = "manager_knowledge"

    def ready(self) -> None:
        from manager_knowledge import handlers, notifications, periodic, search_source  # noqa: F401

        handlers.connect_migrate(self)
        notifications.silence_wagtail_mail()
        search_source.register()
