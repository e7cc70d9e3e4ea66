"""Cases that colleagues had answered were said to have been answered from knowledge."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def name(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    cases = apps.get_model("qa_center", "ResearchCase").objects.using(editor.connection.alias)
    resolved = cases.filter(state="answered_from_knowledge", resolution__isnull=False)
    resolved.update(state="answered")


def rename(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    cases = apps.get_model("qa_center", "ResearchCase").objects.using(editor.connection.alias)
    cases.filter(state="answered").update(state="answered_from_knowledge")


class Migration(migrations.Migration):
    dependencies = [("qa_center", "0002_case_answered_by_colleagues")]
    operations = [migrations.RunPython(name, rename)]
