from django.apps import AppConfig


class ManagerKnowledgeConfig(AppConfig):
    name = "manager_knowledge"
    label = "manager_knowledge"

    def ready(self) -> None:
        from manager_knowledge import handlers, search_source

        handlers.connect_migrate(self)
        search_source.register()
