"""Adapters: what one company teaches holds for another, and what nothing teaches is left alone."""

from collections.abc import Sequence

import numpy as np
import pytest

from search.adapting import adapted
from search.embedders import Recipe, Vectors
from search.evaluation import adapting
from search.evaluation.sets import LabelledSet, Question
from tests.search.support import document

DIMENSION = 12
LETTERS = "abcdefghijkl"


class TurningEmbedder:
    """A letter is a direction; a question looks half a turn towards the next letter's direction."""

    recipe = Recipe(name="turning", version="1", dimension=DIMENSION, normalisation="none")

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        passages = self.embed_passages(texts)
        turned = passages + 1.2 * np.roll(passages, 1, axis=1)
        return turned / np.linalg.norm(turned, axis=1, keepdims=True)

    def known_share(self, text: str) -> float:
        return 1.0

    def _vector(self, text: str) -> Vectors:
        counts = np.array([text.count(letter) for letter in LETTERS], dtype=np.float32)
        return counts / np.linalg.norm(counts)


def company(name: str, texts: Sequence[str]) -> LabelledSet:
    """Each text is asked for by itself."""
    documents = [document(text, "", text, language="en") for text in texts]
    questions = [Question(text, text, frozenset({text})) for text in texts]
    return LabelledSet(name, documents, questions)


BANK = company("bank", ["aab", "bbc", "cce", "ddf", "eeg", "ffa", "aac", "bbd"])
SHOP = company("shop", ["aad", "bbe", "ccf", "dda", "eeb", "ffc", "aae", "bbf"])


def fitted(*sets: LabelledSet) -> tuple[dict[str, Vectors], list[str]]:
    told: list[str] = []
    adapters, _ = adapting.fit_adapters(sets, TurningEmbedder(), {}, {}, told.append)
    return dict(adapters), told


def test_what_one_company_teaches_holds_for_another() -> None:
    adapters, told = fitted(BANK, SHOP)
    assert len(told) == 2
    for line in told:
        before, after = line.rsplit("nDCG@10 ", 1)[1].split(" -> ")
        assert float(after) > float(before)
    assert fitted(BANK, SHOP)[0]["en"] == pytest.approx(adapters["en"])


def test_a_set_is_met_with_the_adapters_of_the_others() -> None:
    _, others = adapting.fit_adapters([BANK, SHOP], TurningEmbedder(), {}, {}, lambda text: None)
    assert others["bank"]["en"] == pytest.approx(fitted(SHOP)[0]["en"])
    assert others["shop"]["en"] == pytest.approx(fitted(BANK)[0]["en"])


def test_a_language_that_nothing_teaches_is_left_alone() -> None:
    adapters, _ = fitted(BANK)
    assert not adapters["zh"].any()
    assert adapters["en"].any()


def test_without_sets_there_are_no_adapters() -> None:
    assert fitted()[0] == {}


def test_the_slope_is_that_of_the_loss() -> None:
    """Compared with the change of the loss (cross-entropy at the temperature) by small steps."""
    random = np.random.default_rng(5)
    vectors = random.normal(size=(7, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    relevant = [frozenset({"a"}), frozenset({"c", "d"}), frozenset({"b"})]
    one = adapting.Vectors("s", list("abcd"), vectors[:4], ["en"] * 3, relevant, vectors[4:])
    adapter = random.normal(scale=0.1, size=(4, 4))
    wanted = one.targets()

    def loss(value: Vectors) -> float:
        turned = one.questions + one.questions @ value
        turned = turned / np.linalg.norm(turned, axis=1, keepdims=True)
        scores = turned @ one.passages.T / adapting.TEMPERATURE
        shares = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return float(-(wanted * shares).sum(axis=1).mean())

    slope = adapting._slopes(one, wanted, {"en": adapter})["en"]
    for place in ((0, 0), (1, 3), (2, 1)):
        step = np.zeros((4, 4))
        step[place] = 1e-5
        numeric = (loss(adapter + step) - loss(adapter - step)) / 2e-5
        assert slope[place] == pytest.approx(numeric, rel=1e-2, abs=1e-4)


def test_an_adapted_query_is_a_direction() -> None:
    query = np.eye(4, dtype=np.float32)[0]
    adapter = np.zeros((4, 4), np.float32)
    adapter[0, 1] = 1.0
    assert adapted(query, None) is query
    assert adapted(query, adapter) == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])
    assert not adapted(np.zeros(4, np.float32), adapter).any()
