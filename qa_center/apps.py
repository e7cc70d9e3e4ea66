from django.apps import AppConfig


class QACenterConfig(AppConfig):
    name = "qa_center"
    label = "qa_center"

    def ready(self) -> None:
        from qa_center import handlers, notifications, periodic, realtime  # noqa: F401
        from qa_center.search_source import CaseSource, RunningCaseSource
        from search.sources import register

        register(CaseSource())
        register(RunningCaseSource())
