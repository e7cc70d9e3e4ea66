"""Cases that colleagues had answered were said to have been answered from knowledge."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

AT_ONCE = 500
FROM_KNOWLEDGE, BY_COLLEAGUES = "answered_from_knowledge", "answered"


def name(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _rename(apps, editor, FROM_KNOWLEDGE, BY_COLLEAGUES, resolution__isnull=False)


def take_back(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    _rename(apps, editor, BY_COLLEAGUES, FROM_KNOWLEDGE)


def _rename(
    apps: StateApps, editor: BaseDatabaseSchemaEditor, old: str, new: str, **only: bool
) -> None:
    """Change the state of cases, and what their stories say of how they ended."""
    using = editor.connection.alias
    cases = apps.get_model("qa_center", "ResearchCase").objects.using(using)
    keys = list(cases.filter(state=old, **only).values_list("pk", flat=True))
    entries = apps.get_model("qa_center", "CaseEntry").objects.using(using)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        cases.filter(pk__in=some).update(state=new)
        for entry in entries.filter(case__in=some, kind="ended"):
            entry.params["state"] = new
            entry.save(update_fields=["params"])


class Migration(migrations.Migration):
    dependencies = [("qa_center", "0002_case_answered_by_colleagues")]
    operations = [migrations.RunPython(name, take_back)]
