"""Measures the bundled models in a fresh process: `python -m search.embedders.measure FOLDER`.

FOLDER holds the built models (`manage.py search_prepare` names it). Prints JSON: the time of a
query and of a passage, of the reader for a passage of 160 pieces (`--reader`), and the peak
memory of this process, which does nothing else. `_ms` is wall clock and `_cpu_ms` the time of the
one thread that works: the same on an idle machine, and the honest one on a busy machine.
"""

import argparse
import json
import platform
import re
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

_QUERIES = (
    "提前支取定期存款要扣多少利息？",
    "how do I raise my daily transfer limit",
    "外币理财产品的风险等级怎么看",
    "What documents does a company need to open an account?",
    "稳健型客户适合买哪一款产品",
    "can I redeem GS-2026A before it matures",
    "海外汇款多久到账，手续费是多少",
    "which currency should I hold this year",
)
_PASSAGE_ZH = (
    "定期存款提前支取规则\n支取部分按支取日挂牌公告的活期存款利率计付利息，未支取部分仍按原定利率和"
    "期限计息。每笔存款可以部分提前支取一次，支取后余额不得低于五十元。请携带本人身份证件到任一网点办理，"
    "金额超过五万元时请提前一个工作日预约；由他人代办的，还须出示代办人的身份证件。"
)
_PASSAGE_EN = (
    "Early withdrawal of a term deposit\nThe part that is withdrawn earns the demand rate of the "
    "day of withdrawal; the rest keeps its rate and term. One part may be withdrawn early per "
    "deposit, and at least fifty yuan must stay. Bring your identity card to any branch, and "
    "book a working day ahead for more than fifty thousand yuan."
)
_READ_PIECES = 160


def _timed(name: str, actions: Sequence[Callable[[], object]], repeats: int) -> dict[str, float]:
    """Medians over `repeats` rounds of all actions, in milliseconds: wall clock and this thread."""
    wall, thread = [], []
    for _ in range(repeats):
        for action in actions:
            start, started = time.perf_counter(), time.thread_time()
            action()
            wall.append(1000 * (time.perf_counter() - start))
            thread.append(1000 * (time.thread_time() - started))
    return {
        f"{name}_ms": round(statistics.median(wall), 2),
        f"{name}_cpu_ms": round(statistics.median(thread), 2),
    }


def measure_embedder(home: Path) -> dict[str, float]:
    """Medians for a query (of 8 different ones) and for a passage (of a zh and an en one)."""
    from search.embedders.bundled import BundledEmbedder, EmbedderArtifact
    from search.embedders.store import prepare

    embedder = BundledEmbedder(prepare(home, EmbedderArtifact()))
    embedder.embed_queries(_QUERIES)
    queries = [partial(embedder.embed_queries, [query]) for query in _QUERIES]
    passages = [partial(embedder.embed_passages, [text]) for text in (_PASSAGE_ZH, _PASSAGE_EN)]
    return _timed("query", queries, 20) | _timed("passage", passages, 20)


def measure_reader(home: Path) -> dict[str, float]:
    """Medians for reading a question with a passage, 160 pieces together."""
    from search.embedders.store import prepare
    from search.reader.bundled import BundledReader, ReaderArtifact

    reader = BundledReader(prepare(home, ReaderArtifact()))
    pieces = reader.pieces(_QUERIES[0], _PASSAGE_ZH * 3)[:_READ_PIECES]
    return {"read_pieces": len(pieces)} | _timed("read", [partial(reader.read, pieces)], 40)


def _peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():
        # The kernel hands ru_maxrss on from the process that started this one; not so VmHWM.
        found = re.search(r"VmHWM:\s*(\d+)", status.read_text())
        if found:
            return round(int(found.group(1)) / 1024, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--reader", action="store_true", help="measure the reader instead")
    arguments = parser.parse_args()
    measured = (measure_reader if arguments.reader else measure_embedder)(arguments.folder)
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    print(json.dumps({**measured, "peak_mb": _peak_megabytes(), **machine}))


if __name__ == "__main__":
    main()
