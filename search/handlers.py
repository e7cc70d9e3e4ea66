"""What search does when something has happened: it brings the index up to date.

Guarantee: the index is written in the transaction of the delivery, so an event is reflected in it
exactly when it counts as handled; vectors follow outside of the transaction.
"""

from django.conf import settings
from django.db import transaction

from kiplatform.events.registry import RecordedEvent, handler
from search import services
from search.sources import registry


def concerns_search(event_name: str) -> bool:
    """Tell whether some source follows the events of this name."""
    return registry.follows(event_name)


@handler(name="search.sync", events=concerns_search)
def sync(event: RecordedEvent) -> None:
    """Bring the documents up to date that an event may have changed."""
    changed = registry.changed_by(event)
    for kind, keys in changed.items():
        services.sync_now(kind, keys, embed=False)
    if not changed:
        return
    if settings.EVENTS_RELAY == "manual":
        services.embed_now()
    else:
        transaction.on_commit(services.embed_soon)
