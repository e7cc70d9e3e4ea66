"""What the routing commands share: a history, its words and vectors, and the machine."""

import hashlib
import json
import os
import platform
import tomllib
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import CommandError

from qa_center import selectors
from qa_center.routing import BadWeights, Weights
from qa_center.routing.replay import BadHistory, PastQuestion, Texts, analysed, read_history
from search import calibration
from search.analysis import normalise, tokens
from search.embedders import Embedder, EmbedderUnavailable, Vectors, get_embedder

PROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"
BATCH = 32
# More of a question does not change the figures, but takes time.
EMBEDDED_CHARACTERS = 600
# How often vectors are put away while many are made (in batches), so that a stop loses few.
STORE_EVERY = 100


def history_of(path: str | None) -> tuple[list[PastQuestion], str]:
    """The history in a file, or the one in the database; and what it is called.

    Raises CommandError with the number of a bad line.
    """
    try:
        if path is None:
            return read_history(selectors.routing_history()), "this database"
        with Path(path).open(encoding="utf-8") as lines:
            return read_history(lines), Path(path).name
    except (BadHistory, OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path or 'this database'}: {error}") from error


def texts_of(
    history: Sequence[PastQuestion], *, words_only: bool, tell: Callable[[str], object]
) -> tuple[Texts, str]:
    """The words and vectors of a history, and what made the vectors ("words only" for none).

    Without an embedder the words alone are used, and `tell` says so.
    """
    if words_only:
        return analysed(history, tokens), "words only"
    try:
        embedder = get_embedder(wait=True)
        vectors = _vectors(history, embedder, tell)
    except EmbedderUnavailable as error:
        tell(f"Words only: {error.reason}")
        return analysed(history, tokens), "words only"
    means = calibration.shipped(embedder.recipe.fingerprint).document_means
    return analysed(history, tokens, vectors, means), embedder.recipe.name


def weights_of(path: str | None, fallback: Weights) -> Weights:
    """The weights in a JSON file. Raises CommandError naming the field that is wrong."""
    if path is None:
        return fallback
    try:
        return Weights.from_json(Path(path).read_text(encoding="utf-8"))
    except (BadWeights, OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {error}") from error


def surroundings() -> dict[str, Any]:
    """The machine and the version, for a report."""
    return {
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
        "version": _version(),
    }


def _version() -> str:
    """The installed package's version; a checkout is not installed."""
    try:
        return metadata.version("kiplatform")
    except metadata.PackageNotFoundError:
        project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
        return str(project["version"])


def _vectors(
    history: Sequence[PastQuestion], embedder: Embedder, tell: Callable[[str], object]
) -> Vectors:
    """Vectors of all questions; those made by an earlier run with this recipe are reused."""
    texts = [normalise(question.text)[:EMBEDDED_CHARACTERS] for question in history]
    store = Path(settings.VAR_DIR) / "routing" / f"{embedder.recipe.fingerprint}.npz"
    known = _stored(store)
    keys = [hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts]
    # Batches of like lengths waste no time on padding.
    missing = sorted(
        {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(),
        key=lambda item: len(item[1]),
    )
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        vectors = embedder.embed_passages([text for _, text in batch])
        known |= {key: row for (key, _), row in zip(batch, vectors, strict=True)}
        done = start + len(batch)
        if done == len(missing) or start // BATCH % STORE_EVERY == STORE_EVERY - 1:
            _store(store, known)
            tell(f"embedded {done} of {len(missing)} questions")
    return np.stack([known[key] for key in keys])


def _stored(store: Path) -> dict[str, Vectors]:
    if not store.exists():
        return {}
    with np.load(store) as saved:
        return dict(zip(json.loads(str(saved["keys"])), saved["vectors"], strict=True))


def _store(store: Path, known: dict[str, Vectors]) -> None:
    """Written beside and moved into place, so that a kill leaves no half a file."""
    store.parent.mkdir(parents=True, exist_ok=True)
    beside = store.with_suffix(f".{os.getpid()}.npz")
    np.savez(beside, keys=np.array(json.dumps(list(known))), vectors=np.stack(list(known.values())))
    beside.replace(store)
