"""The editor's form: each editing session says anew what its revision means."""

from typing import Any

from wagtail.admin.forms import WagtailAdminPageForm

from manager_knowledge.choices import Significance


class KnowledgePageForm(WagtailAdminPageForm):
    """Starts from "minor" and an empty note where the last revision is already published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        page = self.instance
        starts_anew = page.pk and not page.has_unpublished_changes
        if starts_anew and "change_significance" in self.fields:
            self.initial["change_significance"] = Significance.MINOR
            self.initial["change_note"] = ""
