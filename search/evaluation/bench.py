"""The speed of an engine on made-up collections of any size, with a writer at work.

Guarantee: every figure stands beside its baseline from the same run, with the machine's name and
the load it was under; nothing but a scratch file is written.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search import generations
from search.analysis import normalise
from search.calibration import Calibration
from search.embedders import Recipe, Vectors
from search.engines.base import DenseQuery, Engine, Scope
from search.evaluation.collections import ACCESS_FEW, ACCESS_MANY, DIMENSION, Collection
from search.evaluation.running import closing_engine
from search.evaluation.scratch import scratch_database
from search.query_vectors import QueryEmbedder
from search.reader import ReaderUnavailable
from search.reading import ReadingRoom
from search.searching import Query, Searcher
from search.vectors import quantise, scan

ALIAS = "search-bench"
VIEWERS = {
    "everything": frozenset({ACCESS_MANY, ACCESS_FEW}),
    "five_percent": frozenset({ACCESS_FEW}),
}
_DEPTH = 100


class KnownVectors:
    """Hands out the vector that belongs to a query, at once: embedding is measured elsewhere."""

    recipe = Recipe(name="bench", version="1", dimension=DIMENSION, normalisation="none")

    def __init__(self) -> None:
        self.next: Vectors = np.zeros(DIMENSION, np.float32)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.next[None, :]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        raise NotImplementedError

    def known_share(self, text: str) -> float:
        return 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """engine: its name. sizes: pieces of each collection. queries: searches per figure.

    folder: for scratch files.
    """

    engine: str

    sizes: Sequence[int]
    queries: int
    folder: Path


def run(plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """Measure every size; returns what search_bench prints as JSON."""
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_before": round(os.getloadavg()[0], 2),
        },
        "engine": plan.engine,
        "sizes": [measure(size, plan, tell) for size in plan.sizes],
    }


def measure(size: int, plan: Plan, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures of one size."""
    file = plan.folder / f"bench-{size}.sqlite3"
    with scratch_database(ALIAS, file) as alias, closing_engine(plan.engine, alias) as engine:
        collection = Collection(size)
        tell(f"{size}: filling")
        filled = timed(lambda: collection.fill(alias, engine, KnownVectors.recipe))
        tell(f"{size}: filled in {filled:.0f} s, reading it")
        followed = timed(lambda: settle(engine, alias))
        opened = timed(engine.catch_up)
        figures: dict[str, Any] = {
            "pieces": size,
            "fill_seconds": round(filled, 1),
            "copy_seconds": round(followed, 1),
            "open_seconds": round(opened, 2),
            "scan": scan_figures(collection),
            "recall@10": {
                name: recall(engine, collection, tokens) for name, tokens in VIEWERS.items()
            },
        }
        tell(f"{size}: searching while another process writes")
        with writer(file, plan.engine) as seen:
            figures["search"] = {
                name: searches(engine, alias, collection, tokens, plan.queries)
                for name, tokens in VIEWERS.items()
            }
            figures["visible_after_ms"] = visibility(engine, seen)
        return figures


def settle(engine: Engine, alias: str) -> None:
    """Let the engine do what it does after a rebuild of the index."""
    engine.fill(generations.live(alias).slot, lambda done, total: None)
    engine.follow()


def scan_figures(collection: Collection) -> dict[str, float]:
    """Milliseconds of the exact int8 scan, of reading the matrix once, and of numpy's float32."""
    rows, _ = quantise(collection.vectors)
    query = collection.query(0)[1]
    words = rows.view(np.int64)
    floats = rows.astype(np.float32)
    floor, own, numpy = (
        best(call)
        for call in (lambda: words.sum(), lambda: scan(rows, query), lambda: floats @ query)
    )
    return {
        "floor_ms": floor,
        "int8_scan_ms": own,
        "numpy_float32_ms": numpy,
        "scan_to_floor": round(own / floor, 2) if floor else 0.0,
    }


def recall(engine: Engine, collection: Collection, tokens: frozenset[str]) -> float:
    """Share of the exact ten nearest among the engine's ten, over 50 queries."""
    means = {x: np.zeros(DIMENSION, np.float32) for x in ("zh", "en", "other")}
    allowed = collection.allowed(tokens)
    kept = []
    for number in range(50):
        vector = collection.query(number)[1]
        scores = np.where(allowed, collection.vectors @ vector, -np.inf)
        exact = np.sort(scores)[::-1][:10]
        found = engine.dense(DenseQuery(vector, means), Scope(tokens=tokens), 10)
        # By score, not by name: equals may stand for each other.
        kept.append(np.mean([hit.score >= exact[-1] - 1e-3 for hit in found]))
    return round(float(np.mean(kept)), 4)


def searches(
    engine: Engine, alias: str, collection: Collection, tokens: frozenset[str], count: int
) -> dict[str, float]:
    """Wall and processor milliseconds of whole searches with ten hits, without embedding."""
    embedder = KnownVectors()
    vectors = QueryEmbedder(lambda: embedder)
    searcher = Searcher(
        engine,
        vectors,
        ReadingRoom(_no_reader),
        alias,
        lambda recipe: Calibration(recipe=recipe),
    )
    wall, processor = [], []
    # First as many other queries, since a running process has long filled its caches.
    for number in (*range(count, 2 * count), *range(count)):
        text, embedder.next = collection.query(number)
        vectors.embed(normalise(text))  # remembered, as while somebody types on
        query = Query(
            text=text,
            scope=Scope(tokens=tokens),
            authorise=lambda kind, keys: set(keys),
            learn=False,
        )
        started, used = time.perf_counter(), time.thread_time()
        searcher.search(query)
        wall.append((time.perf_counter() - started) * 1000)
        processor.append((time.thread_time() - used) * 1000)
    wall, processor = wall[count:], processor[count:]
    return {
        "wall_p50_ms": percentile(wall, 50),
        "wall_p95_ms": percentile(wall, 95),
        "processor_p50_ms": percentile(processor, 50),
        "processor_p95_ms": percentile(processor, 95),
    }


@contextmanager
def writer(file: Path, engine: str) -> Iterator[Callable[[], str]]:
    """Another process that writes; yields a function that waits for the next key it wrote."""
    command = [sys.executable, "-m", "django", "search_bench", "--write-into", str(file)]
    command += ["--engine", engine]
    search_path = os.pathsep.join([os.getcwd(), *sys.path])
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": search_path}
    )
    keys = iter(process.stdout or ())
    try:
        next(keys)
        yield lambda: next(keys)
    finally:
        process.kill()
        process.communicate()


def visibility(engine: Engine, seen: Callable[[], str]) -> float:
    """Milliseconds from another process's commit to its document being found by words here."""
    from search.engines.base import LexicalQuery

    last = ""
    deadline = time.monotonic() + 0.5
    # The pipe holds keys of the time before: read on until one is new.
    while time.monotonic() < deadline or not last:
        last = seen().strip()
    started = time.perf_counter()
    scope = Scope(tokens=VIEWERS["everything"])
    while True:
        engine.catch_up()
        if engine.lexical(LexicalQuery((last,)), scope, 1):
            return round((time.perf_counter() - started) * 1000, 1)


def timed(call: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def best(call: Callable[[], object], times: int = 20) -> float:
    """The least milliseconds of several calls, which other processes disturb least."""
    return round(min(timed(call) for _ in range(times)) * 1000, 3)


def percentile(values: Sequence[float], share: int) -> float:
    """A percentile, rounded."""
    array: npt.NDArray[np.float64] = np.asarray(values)
    return round(float(np.percentile(array, share)), 2)


def _no_reader() -> Any:
    raise ReaderUnavailable("The benchmark does not read.")
