"""Measures the bundled models in a fresh process: `python -m search.embedders.measure FOLDER`.

FOLDER holds the built models (`manage.py search_prepare` names it). Prints JSON: the time of a
query and of a passage, of the reader for a passage of 160 pieces (`--reader`), and the peak
memory of this process, which does nothing else. Times are wall clock, on one thread.
"""

import argparse
import json
import platform
import re
import resource
import statistics
import time
from pathlib import Path
from typing import Any

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


def _milliseconds(action: Any, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times), 2)


def measure_embedder(home: Path) -> dict[str, float]:
    """Median milliseconds of a query (over 8 different ones) and of a passage (zh and en)."""
    from search.embedders.bundled import BundledEmbedder, EmbedderArtifact
    from search.embedders.store import prepare

    embedder = BundledEmbedder(prepare(home, EmbedderArtifact()))
    embedder.embed_queries(_QUERIES)
    return {
        "query_ms": round(
            statistics.median(
                _milliseconds(lambda query=query: embedder.embed_queries([query]), 20)
                for query in _QUERIES
            ),
            2,
        ),
        "passage_ms": _milliseconds(lambda: embedder.embed_passages([_PASSAGE_ZH, _PASSAGE_EN]), 20)
        / 2,
    }


def measure_reader(home: Path) -> dict[str, float]:
    """Median milliseconds of reading a question with a passage, 160 pieces together."""
    from search.embedders.store import prepare
    from search.reader.bundled import BundledReader, ReaderArtifact

    reader = BundledReader(prepare(home, ReaderArtifact()))
    pieces = reader.pieces(_QUERIES[0], _PASSAGE_ZH * 3)[:_READ_PIECES]
    return {"read_pieces": len(pieces), "read_ms": _milliseconds(lambda: reader.read(pieces), 40)}


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
