from django.apps import AppConfig


class QACenterConfig(AppConfig):
    name = "qa_center"
    label = "qa_center"

    def ready(self) -> None:
        from kiplatform.realtime.bench.scenes import register_scene
        from qa_center import handlers, notifications, periodic, realtime  # noqa: F401
        from qa_center.search_source import CaseSource, RunningCaseSource
        from search.sources import register

        register(CaseSource())
        register(RunningCaseSource())
        register_scene("case", "qa_center.bench:SCENE")
