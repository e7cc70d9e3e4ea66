from typing import Any

from django.db import migrations, models


def as_the_document(apps: Any, schema_editor: Any) -> None:
    """Until the index is cut anew, a passage is taken to be in its document's language."""
    passages = apps.get_model("search", "Passage").objects.using(schema_editor.connection.alias)
    for language in ("zh", "en"):
        documents = apps.get_model("search", "SearchDocument").objects.filter(
            language__startswith=language
        )
        passages.filter(document__in=documents).update(language=language)


class Migration(migrations.Migration):
    dependencies = [("search", "0004_verified_until")]

    operations = [
        migrations.AddField("passage", "language", models.CharField(default="other", max_length=5)),
        migrations.RunPython(as_the_document, migrations.RunPython.noop),
    ]
