"""sentence-transformers on the same weights agrees with the bundled graph."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from search.embedders import EmbedderUnavailable
from search.embedders.building import open_weights
from search.embedders.sentence_transformers import SentenceTransformersEmbedder, split_options
from search.embedders.transformers_folder import write_folder
from search.reader import ReaderUnavailable
from search.reader.cross_encoder import CrossEncoderReader
from tests.requirements import require
from tests.search.models import bundled_embedder

TEXTS = [
    "提前支取定期存款要扣多少利息？",
    "後來的開發費用",
    "how do I raise my daily transfer limit",
    "GS-2026A的风险等级是R3，年化3.5%",
]

INSTALLED = find_spec("sentence_transformers") is not None


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("sentence-transformers", INSTALLED, 'pip install -e ".[models]" (5.8 GB)')
    folder = tmp_path_factory.mktemp("multilingual-e5-small")
    write_folder(open_weights(), folder)
    return folder


def test_both_agree_on_the_same_weights(model: Path) -> None:
    original, bundled = SentenceTransformersEmbedder(str(model)), bundled_embedder()
    for method in ("embed_queries", "embed_passages"):
        ours, theirs = getattr(bundled, method)(TEXTS), getattr(original, method)(TEXTS)
        assert (ours * theirs).sum(axis=1).min() >= 0.99


def test_the_recipe_comes_from_the_model(model: Path) -> None:
    recipe = SentenceTransformersEmbedder(str(model)).recipe
    assert recipe.dimension == 384
    assert (recipe.query_prefix, recipe.passage_prefix) == ("query: ", "passage: ")
    assert recipe.pooling == "mean"
    assert SentenceTransformersEmbedder(str(model)).recipe == recipe
    assert recipe.fingerprint != bundled_embedder().recipe.fingerprint
    other = SentenceTransformersEmbedder(f"{model}?query_prefix=Q").recipe
    assert other.query_prefix == "Q"
    assert other.fingerprint != recipe.fingerprint


def test_empty_texts_and_unknown_scripts_are_as_with_the_bundled_one(model: Path) -> None:
    original = SentenceTransformersEmbedder(str(model))
    assert not original.embed_queries([""]).any()
    assert original.embed_queries([]).shape == (0, 384)
    assert original.known_share("提前支取") == 1.0


def test_any_cross_encoder_can_read(model: Path) -> None:
    reader = CrossEncoderReader(str(model))
    scores = reader.score("利率是多少", ["利率\n年利率3.5%。", "网点"], budget_seconds=60)
    assert all(isinstance(score, float) for score in scores)
    assert reader.score("利率是多少", ["利率"], budget_seconds=0) == [None]
    assert reader.score("", ["利率"], budget_seconds=60) == [None]


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    require("sentence-transformers", INSTALLED, 'pip install -e ".[models]" (5.8 GB)')
    with pytest.raises(EmbedderUnavailable):
        SentenceTransformersEmbedder(str(tmp_path / "none"))
    with pytest.raises(ReaderUnavailable):
        CrossEncoderReader(str(tmp_path / "none"))


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderUnavailable, match="models"):
        SentenceTransformersEmbedder("any")
    with pytest.raises(ReaderUnavailable, match="models"):
        CrossEncoderReader("any")


def test_options_follow_the_name() -> None:
    name, options = split_options("org/model?query_prefix=query: &passage_prefix=")
    assert name == "org/model"
    assert options == {"query_prefix": "query: ", "passage_prefix": ""}
    with pytest.raises(EmbedderUnavailable, match="prefx"):
        split_options("org/model?prefx=1")
