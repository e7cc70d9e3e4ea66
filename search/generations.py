"""Generations of the index: one is live, at most one more is being built.

Guarantee: exactly one generation answers searches at any time; every writer of the index holds
the lock that `locked` takes, so the change log is in commit order.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connections, transaction

from search.analysis import NORMALISATION
from search.models import Change, Generation, IndexState

ANALYSIS = f"{NORMALISATION} 200-700/2"
"""Names how texts are cut and analysed; a change of it makes a new generation necessary."""

SLOTS = ("a", "b")

# In SQL, since every search asks it and building the query takes longer than running it.
_LIVE_RECIPE = "SELECT recipe FROM search_generation WHERE state = 'live'"


@contextmanager
def locked(using: str) -> Iterator[IndexState]:
    """A transaction that alone may change the index."""
    with transaction.atomic(using=using):
        state, _ = IndexState.objects.using(using).get_or_create(pk=1)
        yield IndexState.objects.using(using).select_for_update().get(pk=state.pk)


def log(using: str, documents: Iterable[int]) -> None:
    """Write into the change log that these documents are now different."""
    Change.objects.using(using).bulk_create([Change(document_id=d) for d in documents])


def log_everything(using: str) -> None:
    """Write into the change log that everything is to be read again."""
    Change.objects.using(using).create(document_id=None)


def live(using: str) -> Generation:
    """The generation that answers; made on first use. Call it inside `locked` to write."""
    found = Generation.objects.using(using).filter(state=Generation.State.LIVE).first()
    if found is None:
        found = Generation.objects.using(using).create(
            state=Generation.State.LIVE, slot=SLOTS[0], analysis=ANALYSIS
        )
        log_everything(using)
    return found


def live_recipe(using: str) -> str | None:
    """The recipe of the generation that answers: "" while it has no vectors, None without one."""
    with connections[using].cursor() as cursor:
        cursor.execute(_LIVE_RECIPE)
        found: tuple[str] | None = cursor.fetchone()
        return found[0] if found else None


def building(using: str) -> Generation | None:
    """The generation that is being built, if there is one."""
    return Generation.objects.using(using).filter(state=Generation.State.BUILDING).first()


def written(using: str) -> list[Generation]:
    """The generations that a change of a document has to reach."""
    extra = building(using)
    return [live(using), extra] if extra else [live(using)]
