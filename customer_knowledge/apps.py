from django.apps import AppConfig


class CustomerKnowledgeConfig(AppConfig):
    name = "customer_knowledge"
    label = "customer_knowledge"

    def ready(self) -> None:
        from customer_knowledge import notifications, realtime  # noqa: F401
        from customer_knowledge.access import customer_tokens
        from customer_knowledge.search_source import SOURCES
        from kiplatform.accounts.access import register_tokens
        from search.sources import register

        register_tokens(customer_tokens)
        for source in SOURCES:
            register(source)
