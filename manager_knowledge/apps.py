from django.apps import AppConfig


class ManagerKnowledgeConfig(AppConfig):
    name = "manager_knowledge"
    label = "manager_knowledge"
