"""The copy follows the database.

Guarantee: after `follow` the index that answers holds every change that was committed before the
call; killed at any point, the next call in any process goes on from the last step that was noted.
A copy whose past is not that of the database (lost, restored, of another recipe) is made anew
beside the old one, compared, and swapped in.
"""

import logging
import threading
from collections.abc import Collection
from datetime import timedelta

from kiplatform.core import clock
from search.engines.base import EngineUnavailable, Tell
from search.engines.elasticsearch import entries, inventory
from search.engines.elasticsearch.gateway import LOST, Gateway, IndexLost
from search.engines.elasticsearch.indices import IndexName, Indices, Layout
from search.engines.elasticsearch.leases import Busy, Lease, Leases
from search.engines.elasticsearch.rows import Rows
from search.models import Generation

logger = logging.getLogger(__name__)

_DOCUMENTS = 100
_LINES = 200
AT_ONCE = 200
"""Changes, or documents of a lost index, that a search copies itself before it answers."""


def _silent(done: int, total: int) -> None:
    """Tells nobody."""


class Follower:
    """Copies one database into the indexes of one platform."""

    def __init__(
        self, gateway: Gateway, indices: Indices, rows: Rows, patience: float = 0.0
    ) -> None:
        """patience: seconds that a change is left to the background before a search copies it."""
        self._gateway = gateway
        self._indices = indices
        self._rows = rows
        self._leases = Leases(gateway)
        self._patience = timedelta(seconds=patience)
        self._lock = threading.RLock()
        self._erased: set[int] = set()
        self.seen: tuple[int, str] | None = None
        """The last line of the log that this process knows to be in the index that answers."""

    def forget(self) -> None:
        """Look at everything again at the next call."""
        self.seen = None

    def erase(self, passages: Collection[int]) -> None:
        """Note passages that are to be deleted unless the database has them after all."""
        self._erased.update(passages)

    def is_behind(self) -> bool:
        """Whether there may be something to copy; one query."""
        return bool(self._erased) or self.seen is None or self.seen != self._rows.last_line()

    def is_due(self) -> bool:
        """Whether a search should look what there is to copy: others have had time to do it."""
        if self.seen is None:
            return True
        waits_since = self._rows.first_time_after(self.seen[0])
        if waits_since is None:
            # No line follows, yet the last one may have been taken back.
            return self.seen != self._rows.last_line()
        return clock.now() - waits_since >= self._patience

    def follow(self, *, patient: bool) -> bool:
        """Copy what has changed. patient: take the time that it needs, and wait for others;
        otherwise copy a few changes only, and leave the rest to somebody patient.

        Returns whether everything was copied. Raises EngineUnavailable.
        """
        if not self._lock.acquire(blocking=patient):
            return False
        try:
            if self.is_behind():
                # What is committed from here on is for the next call.
                last = self._rows.last_line()
                if not self._follow_live(patient):
                    return False
                self.seen = last
        except Busy:
            return False
        finally:
            self._lock.release()
        return True

    def fill(self, generation: Generation, tell: Tell = _silent) -> IndexName:
        """Copy a generation that need not answer yet into an index of its own."""
        with self._lock:
            return self._copy(self._indices.layout(), generation, tell)

    def compare(self, generation: Generation) -> inventory.Comparison:
        """Copy what has changed, then compare."""
        with self._lock:
            if generation.state == Generation.State.LIVE:
                self.follow(patient=True)
            name = self._copy(self._indices.layout(), generation, _silent)
            return inventory.compare(self._gateway, self._rows, name, generation)

    def empty(self, generation: Generation) -> None:
        """Give a generation a new index that holds nothing and waits for changes to come."""
        with self._lock:
            layout = self._indices.layout()
            name = self._indices.create(layout, generation.pk, generation.recipe)
            line, at = self._rows.last_line()
            with self._leases.held(name, patient=True) as lease:
                lease.save(line=line, at=at, filled=-1)
            if generation.state == Generation.State.LIVE:
                self._indices.swap(name)
            self.sweep()

    def sweep(self) -> None:
        """Remove indexes that nothing needs: of retired generations, and of earlier attempts."""
        layout = self._indices.layout()
        written = self._rows.written()
        kept = {layout.newest(generation.pk, generation.recipe) for generation in written}
        kept |= {
            name
            for name in (layout.read, layout.write)
            if name and name.generation in {generation.pk for generation in written}
        }
        self._indices.remove([name for name in layout.names if name not in kept])

    def _follow_live(self, patient: bool) -> bool:
        generation = self._rows.live()
        if generation is None:
            return True
        layout = self._indices.layout()
        name = layout.newest(generation.pk, generation.recipe)
        if name is not None and name == layout.read:
            lease = self._leases.look(name, patient=patient)
            if self._is_usable(lease):
                return self._keep_up(lease, generation, patient)
        if not patient and self._rows.document_count() > AT_ONCE:
            if layout.read is None:
                raise IndexLost
            return False
        self._keep_old(layout, generation, patient)
        name = self._copy(layout, generation, _silent)
        self._verify(name, generation)
        self._indices.swap(name)
        self.sweep()
        return True

    def _keep_old(self, layout: Layout, generation: Generation, patient: bool) -> None:
        """While another index is made for the generation, the one that answers goes on."""
        old = layout.read
        if old is None or old.generation != generation.pk:
            return
        lease = self._leases.look(old, patient=patient)
        if self._is_usable(lease):
            self._keep_up(lease, generation, patient)

    def _is_usable(self, lease: Lease) -> bool:
        return lease.state.complete and self._rows.continues(lease.state)

    def _keep_up(self, seen: Lease, generation: Generation, patient: bool) -> bool:
        """Copy what changed since the state that was seen; without a lease if that is nothing."""
        waiting = self._rows.count_after(seen.state.line, AT_ONCE + 1)
        if not waiting and not self._erased:
            return True
        if not patient:
            self.seen = (seen.state.line, seen.state.at)
            if waiting > AT_ONCE or not self.is_due():
                return False
        with self._leases.held(seen.name, patient=patient) as lease:
            self._drain(lease, generation)
        return True

    def _copy(self, layout: Layout, generation: Generation, tell: Tell) -> IndexName:
        """The generation's index, made and filled as far as it is not yet."""
        name = layout.newest(generation.pk, generation.recipe)
        if name is not None:
            state = self._leases.look(name).state
            if state.line and not self._rows.continues(state):
                name = None
        if name is None:
            name = self._indices.create(layout, generation.pk, generation.recipe)
        with self._leases.held(name, patient=True) as lease:
            if not lease.state.complete:
                self._fill(lease, generation, tell)
        # Takes long after many writes, longer than a lease lasts.
        self._gateway.refresh(str(name), patient=True)
        with self._leases.held(name, patient=True) as lease:
            self._drain(lease, generation)
        return name

    def _fill(self, lease: Lease, generation: Generation, tell: Tell) -> None:
        if not lease.state.line:
            line, at = self._rows.last_line()
            lease.save(line=line, at=at)
        total, done = self._rows.document_count(), 0
        while documents := self._rows.documents_after(lease.state.filled, _DOCUMENTS):
            self._write(lease, generation, documents, lease.state.line)
            lease.save(filled=documents[-1])
            done += len(documents)
            tell(done, total)
        lease.save(filled=-1)

    def _drain(self, lease: Lease, generation: Generation) -> None:
        """Copy the lines of the log that are not in the index yet."""
        while lines := self._rows.lines_after(lease.state.line, _LINES):
            line, at, _ = lines[-1]
            documents = list(dict.fromkeys(d for _, _, d in lines if d is not None))
            for start in range(0, len(documents), _DOCUMENTS):
                self._rewrite(lease, generation, documents[start : start + _DOCUMENTS], line)
            lease.save(line=line, at=at)
        self._delete_erased(lease)

    def _rewrite(
        self, lease: Lease, generation: Generation, documents: Collection[int], line: int
    ) -> None:
        """Write all passages of documents, and delete what the index had of them besides."""
        self._write(lease, generation, documents, line)
        gone = inventory.outdated(self._gateway, lease.name, documents, line, patient=lease.patient)
        if gone:
            self._delete(lease, gone, line)

    def _write(
        self, lease: Lease, generation: Generation, documents: Collection[int], line: int
    ) -> set[int]:
        """Write the passages of documents; returns those that Elasticsearch cannot take."""
        passages = self._rows.passages_of(generation, documents)
        changes = entries.writes(passages, lease.name, line, generation.dimension)
        return self._gateway.bulk(changes, patient=lease.patient)

    def _delete(self, lease: Lease, passages: Collection[int], line: int) -> None:
        deletions = entries.deletions(passages, lease.name, line)
        self._gateway.bulk(deletions, patient=lease.patient)
        self._gateway.refresh(str(lease.name), patient=lease.patient)

    def _delete_erased(self, lease: Lease) -> None:
        erased = set(self._erased)
        gone = erased - self._rows.existing(erased)
        if gone:
            self._delete(lease, gone, lease.state.line)
        self._erased -= erased

    def _verify(self, name: IndexName, generation: Generation) -> None:
        """Make sure that a new index is what the database says. Raises EngineUnavailable."""
        refused: set[int] = set()
        for _ in range(2):
            found = inventory.compare(self._gateway, self._rows, name, generation)
            with self._leases.held(name, patient=True) as lease:
                # What changed since the last line is wrong for now and will be copied.
                late = self._rows.changed_after(lease.state.line)
                wrong = self._rows.documents_of(found.wrong - refused) - late
                if not wrong and not found.extra:
                    return
                refused |= self._write(lease, generation, wrong, lease.state.line)
                if found.extra:
                    self._delete(lease, found.extra, lease.state.line)
        logger.error("index %s does not agree with the database", name)
        raise EngineUnavailable(LOST)
