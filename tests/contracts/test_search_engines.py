"""What every search engine promises, proven on each of them.

A new engine joins by one more name in ENGINES; whatever it needs (a server) is a fixture that
`engine` asks for under that name.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from search.analysis import bigrams, tokens
from search.centring import LANGUAGES
from search.embedders import Recipe, Vectors
from search.embedding import embed_pending
from search.engines import Engine, EngineUnavailable, make_engine
from search.engines.base import DenseQuery, LexicalQuery, Scope, Scored
from search.generations import live
from search.lexical import name_query
from search.models import Passage, SearchDocument
from search.sync import Synchroniser
from tests.search.support import MemorySource, document

pytestmark = pytest.mark.django_db
ENGINES = [
    "embedded",
    pytest.param(
        "elasticsearch", marks=[pytest.mark.servers, pytest.mark.xdist_group("elasticsearch")]
    ),
]
DIMENSION = 16
CODES = ("QH-TD01", "QH-TD02")
EVERYBODY = Scope(tokens=frozenset({"public"}))


class TableEmbedder:
    """Gives each title the vector that the test wrote down for it."""

    recipe = Recipe(name="table", version="1", dimension=DIMENSION, normalisation="none")

    def __init__(self) -> None:
        self.vectors: dict[str, Vectors] = {}

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.vectors[text.split("\n")[0]] for text in texts])

    def known_share(self, text: str) -> float:
        return 1.0


class Bench:
    """An engine with documents that the test puts in."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.source = MemorySource()
        self.embedder = TableEmbedder()
        self._synchroniser = Synchroniser(engine)

    def put(self, key: str, text: str = "", vector: Vectors | None = None, **more: object) -> None:
        title = f"标题{key}"
        self.source.put(document(key, title, text, **more))
        if vector is not None:
            self.embedder.vectors[title] = vector
        self.sync(key)

    def sync(self, *keys: str) -> None:
        self._synchroniser.sync(self.source, keys)
        if all(f"标题{key}" in self.embedder.vectors for key in keys):
            embed_pending(self.embedder)
        self.engine.catch_up()

    def keys(self, hits: Sequence[Scored]) -> list[str]:
        names = dict(SearchDocument.objects.values_list("id", "key"))
        return [names[hit.document] for hit in hits]

    def words(self, text: str, scope: Scope = EVERYBODY, limit: int = 10) -> list[str]:
        query = LexicalQuery(tuple(tokens(text)), tuple(bigrams(text)))
        return self.keys(self.engine.lexical(query, scope, limit))

    def near(self, vector: Vectors, scope: Scope = EVERYBODY, limit: int = 10) -> list[str]:
        return self.keys(self.engine.dense(dense_query(vector), scope, limit))


@pytest.fixture(params=ENGINES)
def bench(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Bench]:
    if request.param == "elasticsearch":
        settings.SEARCH_ELASTICSEARCH_URL = request.getfixturevalue("elasticsearch_server").urls
        settings.SEARCH_ELASTICSEARCH_PREFIX = f"contract-{secrets.token_hex(4)}"
    engine = make_engine(request.param)
    yield Bench(engine)
    engine.discard()


def direction(*values: float) -> Vectors:
    vector = np.zeros(DIMENSION, dtype=np.float32)
    vector[: len(values)] = values
    return vector / np.linalg.norm(vector)


def dense_query(vector: Vectors) -> DenseQuery:
    return DenseQuery(vector, {x: np.zeros(DIMENSION, np.float32) for x in LANGUAGES})


def test_an_empty_index_finds_nothing(bench: Bench) -> None:
    bench.engine.catch_up()
    assert bench.words("利息") == []
    assert bench.engine.spelling(["interest"]) == []
    assert sum(entry.count for entry in bench.engine.statistics().values()) == 0


def test_words_find_the_passages_that_hold_them_and_no_others(bench: Bench) -> None:
    bench.put("a", "提前支取按活期计息")
    bench.put("b", "信用卡年费减免")
    bench.put("c", "Early withdrawal of a deposit", language="en")
    assert bench.words("提前支取") == ["a"]
    assert bench.words("withdraw deposits") == ["c"]
    assert bench.words("保险") == []


def test_words_sought_in_vain_are_found_once_they_are_written(bench: Bench) -> None:
    for key in "abcdefghij":
        bench.put(key, "提前支取按活期计息 deposit", language="en")
    assert bench.words("保险") == []
    assert bench.words("insurance") == []
    assert bench.engine.spelling(["insurance"]) == []
    bench.put("new", "保险 insurance", language="en")
    assert bench.words("保险") == ["new"]
    assert bench.words("insurance") == ["new"]


def test_more_of_the_words_rank_higher(bench: Bench) -> None:
    bench.put("one", "利率每季调整一次，以公告为准")
    bench.put("two", "利率与手续费每季调整一次，以公告为准")
    assert bench.words("手续费 利率") == ["two", "one"]


def test_the_title_counts_more_than_the_text(bench: Bench) -> None:
    bench.put("text", "这里也写到年金两个字，别的都是另外的事情")
    bench.source.put(document("title", "年金", "这里写的都是另外的事情，与别的没有关系"))
    bench.sync("title")
    assert bench.words("年金") == ["title", "text"]


@pytest.mark.parametrize("typed", ["QH-TD01", "qh td01", "ＱＨＴＤ０１"])
def test_a_code_finds_whatever_is_about_it(bench: Bench, typed: str) -> None:
    bench.put("deposit", "按活期计息", facets={"product": "QH-TD01", "type": "product"})
    bench.put("loan", "按日计息", facets={"product": "QH-LN07", "type": "product"})
    named = bench.engine.lexical(name_query(typed), EVERYBODY, 10)
    assert bench.keys(named) == ["deposit"]
    assert bench.words("计息 qh-ln07") == ["loan", "deposit"]
    assert bench.words("product") == []


def test_a_document_is_found_by_its_present_code_alone(bench: Bench) -> None:
    for version, code in enumerate(CODES, start=1):
        bench.put("page", "按活期计息", version=version, facets={"product": code})
    found = [bench.keys(bench.engine.lexical(name_query(code), EVERYBODY, 10)) for code in CODES]
    assert found == [[], ["page"]]


@pytest.mark.parametrize(
    "syntax",
    [
        '"',
        "'",
        "*",
        "利率*",
        "title:利率",
        "NEAR(利率 年费)",
        "利率 AND OR NOT",
        "^利率",
        "(利率",
        "{title}: x",
        "利率 -年费",
        "a:b:c",
        "/.*/",
        "利率~2 +x [a TO b]",
        "\\",
        "%s %d {0}",
        "; DROP TABLE search_passage",
    ],
)
def test_query_syntax_is_only_text(bench: Bench, syntax: str) -> None:
    bench.put("a", "利率每季调整")
    query = LexicalQuery(tuple(syntax.split()), tuple(syntax.split()), tuple(syntax.split()))
    assert len(bench.engine.lexical(query, EVERYBODY, 5)) <= 1


def test_the_nearest_come_first(bench: Bench) -> None:
    bench.put("x", "一", direction(1, 0.1))
    bench.put("y", "二", direction(0.5, 1))
    bench.put("z", "三", direction(-1, 0))
    assert bench.near(direction(1, 0)) == ["x", "y", "z"]
    assert bench.near(direction(1, 0), limit=1) == ["x"]


def test_dense_scores_are_cosines(bench: Bench) -> None:
    bench.put("x", "一", direction(3, 4))
    hit = bench.engine.dense(dense_query(direction(1, 0)), EVERYBODY, 1)[0]
    assert hit.score == pytest.approx(0.6, abs=0.01)
    again = bench.engine.similarities(dense_query(direction(1, 0)), [hit.passage, 10**9])
    assert again == {hit.passage: pytest.approx(0.6, abs=0.01)}


def test_the_mean_of_a_documents_language_is_taken_off(bench: Bench) -> None:
    bench.put("zh", "一", direction(1, 1, 0))
    bench.put("en", "two", direction(0, 1, 1), language="en")
    mean = direction(0, 1) * 0.7
    means = {"zh": mean, "en": mean, "other": mean}
    hits = bench.engine.dense(DenseQuery(direction(1, 0), means), EVERYBODY, 2)
    moved = direction(1, 1, 0) - mean
    assert bench.keys(hits) == ["zh", "en"]
    assert hits[0].score == pytest.approx(float(moved[0] / np.linalg.norm(moved)), abs=0.01)


def test_statistics_sum_the_vectors_of_each_language(bench: Bench) -> None:
    bench.put("a", "一", direction(1))
    bench.put("b", "二", direction(0, 1), language="zh-hant")
    bench.put("c", "three", direction(0, 0, 1), language="en")
    statistics = bench.engine.statistics()
    assert (statistics["zh"].count, statistics["en"].count) == (2, 1)
    assert statistics["zh"].total[:3] == pytest.approx([1, 1, 0], abs=0.02)


@pytest.mark.parametrize(
    ("tokens_of_viewer", "found"),
    [
        (set(), set()),
        ({"public"}, {"open"}),
        ({"public", "staff"}, {"open", "staff"}),
        ({"customer:a"}, {"mine"}),
        ({"staff", "customer:a"}, {"staff", "mine"}),
        ({"customer:a "}, set()),
        ({"nobody"}, set()),
    ],
)
def test_only_a_shared_token_opens_a_document(
    bench: Bench, tokens_of_viewer: set[str], found: set[str]
) -> None:
    for key, access in {
        "open": {"public"},
        "staff": {"staff"},
        "mine": {"customer:a", "role:sales_manager"},
        "theirs": {"customer:b"},
        "closed": set(),
    }.items():
        bench.put(key, "利率每季调整", direction(1, len(key)), access=frozenset(access))
    scope = Scope(tokens=frozenset(tokens_of_viewer))
    assert set(bench.words("利率", scope)) == found
    assert set(bench.near(direction(1), scope)) == found


@pytest.mark.parametrize("share", [0.02, 0.2, 0.6])
def test_filtered_searches_miss_nothing_that_is_allowed(bench: Bench, share: float) -> None:
    """The best allowed ones are found although many forbidden ones are nearer."""
    total, allowed = 100, round(100 * share)
    random = np.random.default_rng(7)
    for number in range(total):
        mine = number < allowed
        near = direction(1, *(random.normal(size=6) * (0.5 if mine else 0.1)))
        access = frozenset({"me"} if mine else {"other"})
        key = f"{number:03}"
        bench.source.put(
            document(key, f"标题{key}", "利率调整" * (1 if mine else 3), access=access)
        )
        bench.embedder.vectors[f"标题{key}"] = near
    bench.sync(*(f"{number:03}" for number in range(total)))
    scope = Scope(tokens=frozenset({"me"}))
    wanted = min(10, allowed)
    assert len(bench.words("利率", scope)) == wanted
    exact = sorted(
        range(allowed), key=lambda n: -float(bench.embedder.vectors[f"标题{n:03}"] @ direction(1))
    )
    assert bench.near(direction(1), scope, 3) == [f"{n:03}" for n in exact[: min(3, allowed)]]


def test_kinds_and_facets_narrow(bench: Bench) -> None:
    bench.put("a", "利率", direction(1), facets={"product": "P1", "state": "open"})
    bench.put("b", "利率", direction(1, 1), facets={"product": "P2"}, verified=True)
    bench.put(
        "c",
        "利率",
        direction(1, 2),
        language="zh-hant",
        updated_at=datetime(2026, 6, 1, tzinfo=UTC),
    )
    for facets, found in [
        ({"product": "P1"}, {"a"}),
        ({"product": "P1", "state": "open"}, {"a"}),
        ({"product": "P1", "state": "done"}, set()),
        ({"product": "P9"}, set()),
        ({"unknown": "x"}, set()),
        ({"verified": "1"}, {"b"}),
        ({"language": "zh-hant"}, {"c"}),
        ({"since": "2026-05-01"}, {"c"}),
        ({"since": "no date"}, set()),
    ]:
        scope = Scope(tokens=frozenset({"public"}), facets=facets)
        assert set(bench.words("利率", scope)) == found, facets
        assert set(bench.near(direction(1), scope)) == found, facets
    for kinds, expected in [({"note"}, 3), ({"other"}, 0), (set(), 0)]:
        scope = Scope(tokens=frozenset({"public"}), kinds=frozenset(kinds))
        assert len(bench.words("利率", scope)) == len(bench.near(direction(1), scope)) == expected


def test_changes_are_followed(bench: Bench) -> None:
    bench.put("a", "利率", direction(1))
    bench.put("b", "利率", direction(1, 1))
    bench.put("a", "年费", direction(0, 1), version=2)
    assert (bench.words("利率"), bench.words("年费")) == (["b"], ["a"])
    assert bench.near(direction(0, 1))[0] == "a"
    bench.put("b", "利率", version=2, access=frozenset({"staff"}))
    assert (bench.words("利率"), bench.near(direction(1))) == ([], ["a"])
    del bench.source.documents["a"]
    bench.sync("a")
    assert bench.words("年费") == []
    assert bench.near(direction(1)) == []


def test_a_passage_without_a_vector_is_found_by_words_only(bench: Bench) -> None:
    bench.put("a", "利率", direction(1))
    bench.put("b", "利率")
    assert set(bench.words("利率")) == {"a", "b"}
    assert bench.near(direction(1)) == ["a"]


def test_equal_scores_keep_one_order(bench: Bench) -> None:
    for key in "cab":
        bench.put(key, "利率每季调整", direction(1))
    assert bench.near(direction(1)) == bench.near(direction(1)) == ["c", "a", "b"]
    assert bench.words("利率") == ["c", "a", "b"]


def test_a_vector_of_another_dimension_is_refused(bench: Bench) -> None:
    bench.put("a", "利率", direction(1))
    wrong = DenseQuery(np.ones(8, np.float32), {x: np.zeros(8, np.float32) for x in LANGUAGES})
    with pytest.raises(EngineUnavailable):
        bench.engine.dense(wrong, EVERYBODY, 5)


def test_a_mistyped_latin_word_has_near_words(bench: Bench) -> None:
    bench.put("a", "Early redemption of the structured deposit", language="en")
    assert bench.engine.spelling(["of", "depsoit", "利率", "strucutr"]) == ["deposit", "structur"]
    assert bench.engine.spelling(["deposit", "structur"]) == []


def test_the_inventory_is_what_was_written(bench: Bench) -> None:
    bench.put("a", "利率。" * 200)
    slot = live("default").slot
    ids = set(Passage.objects.values_list("id", flat=True))
    assert len(ids) > 1
    assert bench.engine.stored_passages(slot) == ids
    gone = sorted(ids)[0]
    Passage.objects.filter(pk=gone).delete()
    bench.engine.erase(slot, [gone, 10**9])
    assert bench.engine.stored_passages(slot) == ids - {gone}
    Passage.objects.all().delete()
    bench.engine.clear(slot)
    assert bench.engine.stored_passages(slot) == set()
