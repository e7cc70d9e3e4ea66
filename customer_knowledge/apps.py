from django.apps import AppConfig


class CustomerKnowledgeConfig(AppConfig):
    name = "customer_knowledge"
    label = "customer_knowledge"
