"""The full-text tables of the embedded engine, one per slot; only where the database is SQLite."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SLOTS = ("a", "b")
# Terms arrive as the analysis made them: nothing is folded, and codes are not cut at their signs.
TOKENIZER = "unicode61 remove_diacritics 0 tokenchars ''-_./+&%#:''"


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Create the tables."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for slot in SLOTS:
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE search_fts_{slot} USING fts5("
            f"title, words, bigrams, names, tokenize='{TOKENIZER}')"
        )
        schema_editor.execute(
            f"CREATE VIRTUAL TABLE search_vocab_{slot} USING fts5vocab(search_fts_{slot}, row)"
        )


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drop the tables."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for slot in SLOTS:
        schema_editor.execute(f"DROP TABLE search_vocab_{slot}")
        schema_editor.execute(f"DROP TABLE search_fts_{slot}")


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
