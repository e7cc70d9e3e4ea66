"""How far an index has followed the change log, kept in the index itself.

Guarantee: one process at a time copies into an index. Each step is noted with Elasticsearch's own
compare-and-set, so whoever was taken for dead and comes back is refused. The note is lost, or goes
back in time, only together with the index that it tells about.
"""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from elasticsearch import ConflictError

from search.engines.base import EngineUnavailable
from search.engines.elasticsearch.gateway import NO_WRITES, Gateway, IndexLost
from search.engines.elasticsearch.indices import IndexName

LEASE_SECONDS = 15.0
_STATE_ID = "state"
_ASK_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class State:
    """line, at: the last line of the change log that is in the index; the time tells it from a
    line of the same number in another history.

    filled: primary key of the last document that was copied; -1 once all of them are.
    holder, until: who copies, and until when (seconds since the epoch) nobody else may.
    """

    line: int = 0
    at: str = ""
    filled: int = 0
    holder: str = ""
    until: float = 0.0

    @property
    def complete(self) -> bool:
        return self.filled < 0


class Busy(EngineUnavailable):
    """Another process copies into the index."""


@dataclass(slots=True)
class Lease:
    """The right to copy into one index. `version` is what the state must still be to be saved."""

    gateway: Gateway
    name: IndexName
    patient: bool
    state: State = field(default_factory=State)
    version: dict[str, Any] = field(default_factory=lambda: {"op_type": "create"})

    def save(self, **changes: Any) -> None:
        """Note progress, and hold the lease on unless `until` is given. Raises Busy."""
        state = replace(self.state, **{"until": time.time() + LEASE_SECONDS, **changes})
        with self.gateway.writing(patient=self.patient) as client:
            try:
                answer = client.index(
                    index=self.name.own,
                    id=_STATE_ID,
                    document={"state": asdict(state)},
                    require_alias=True,
                    **self.version,
                )
            except ConflictError as error:
                raise Busy(NO_WRITES) from error
        self.state = state
        self.version = {
            "if_seq_no": answer["_seq_no"],
            "if_primary_term": answer["_primary_term"],
        }


class Leases:
    """Hands out the leases of one process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def look(self, name: IndexName, *, patient: bool = False) -> Lease:
        """The state of an index, without a right to change it."""
        with self._gateway.reading() as client:
            answer = client.options(ignore_status=404).get(index=name.own, id=_STATE_ID)
        found = dict(answer)
        if "error" in found:
            raise IndexLost
        lease = Lease(self._gateway, name, patient)
        if found["found"]:
            lease.state = State(**found["_source"]["state"])
            lease.version = {
                "if_seq_no": found["_seq_no"],
                "if_primary_term": found["_primary_term"],
            }
        return lease

    @contextmanager
    def held(self, name: IndexName, *, patient: bool) -> Iterator[Lease]:
        """The lease of an index. patient: wait for it; otherwise raise Busy."""
        lease = self._taken(name, patient)
        try:
            yield lease
        finally:
            # If this fails, the lease ends by itself a little later.
            with suppress(EngineUnavailable):
                lease.save(until=0.0)

    def _taken(self, name: IndexName, patient: bool) -> Lease:
        while True:
            lease = self.look(name, patient=patient)
            free = lease.state.holder == self._holder or lease.state.until < time.time()
            try:
                if free:
                    lease.save(holder=self._holder)
                    return lease
            except Busy:
                # Another one was quicker.
                free = False
            if not patient:
                raise Busy(NO_WRITES)
            time.sleep(_ASK_AGAIN_SECONDS)
