"""The index follows the database."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from search import services
from search.documents import Document
from search.models import AccessSet, Change, Passage, SearchDocument
from search.sync import Action, Stored, plan
from tests.search.support import AT, MemorySource, WordEmbedder, document

BASE = document("k", "标题", "正文", version=3)


def stored(of: Document) -> Stored:
    return Stored(of.version, of.content_fingerprint, of.metadata_fingerprint)


@pytest.mark.parametrize(
    ("now", "before", "action"),
    [
        (None, None, Action.NOOP),
        (None, BASE, Action.DELETE),
        (BASE, None, Action.EMBED),
        (BASE, BASE, Action.NOOP),
        (document("k", "标题", "正文", version=4), BASE, Action.METADATA),
        (document("k", "标题", "新正文", version=4), BASE, Action.EMBED),
        (document("k", "新标题", "正文", version=4), BASE, Action.EMBED),
        (document("k", "标题", "正文", version=4, language="en"), BASE, Action.EMBED),
        (document("k", "标题", "旧正文", version=2), BASE, Action.NOOP),
        (document("k", "标题", "旧", version=2, access=frozenset({"staff"})), BASE, Action.NOOP),
        (document("k", "标题", "正文", version=3, access=frozenset()), BASE, Action.METADATA),
        (document("k", "标题", "正文", version=3, facets={"a": "b"}), BASE, Action.METADATA),
        (document("k", "标题", "正文", version=3, verified=True), BASE, Action.METADATA),
        (document("k", "标题", "正文", version=3, boost=1.2), BASE, Action.METADATA),
        (document("k", "标题", "正文", version=3, url_name="page"), BASE, Action.METADATA),
        (
            document("k", "标题", "正文", version=3, updated_at=AT + timedelta(days=1)),
            BASE,
            Action.METADATA,
        ),
    ],
)
def test_plan(now: Document | None, before: Document | None, action: Action) -> None:
    assert plan(now, stored(before) if before else None) is action


@pytest.mark.django_db
class TestSyncing:
    def test_the_same_again_changes_nothing(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        notes.put(document("a", "利率", "每季调整。"))
        assert services.sync_now("note", ["a"])[Action.EMBED] == 1
        lines, calls = Change.objects.count(), embedder.calls
        assert services.sync_now("note", ["a", "a"]) == {Action.NOOP: 1}
        assert (Change.objects.count(), embedder.calls) == (lines, calls)

    @pytest.mark.parametrize(
        ("change", "embeds"),
        [
            (lambda: {"text": "每月调整。"}, True),
            (lambda: {"access": frozenset({"staff"})}, False),
            (lambda: {"facets": {"type": "product"}}, False),
            # A code is searched like a word of the title.
            (lambda: {"facets": {"product": "P-1"}}, True),
        ],
    )
    def test_only_new_content_is_embedded(
        self,
        notes: MemorySource,
        embedder: WordEmbedder,
        change: Callable[[], dict[str, object]],
        embeds: bool,
    ) -> None:
        notes.put(document("a", "利率", "每季调整。"))
        services.sync_now("note", ["a"])
        before = set(Passage.objects.values_list("id", flat=True))
        calls = embedder.calls
        fields = {"text": "每季调整。", **change()}
        notes.put(document("a", "利率", str(fields.pop("text")), version=2, **fields))
        services.sync_now("note", ["a"])
        after = set(Passage.objects.values_list("id", flat=True))
        assert (embedder.calls > calls, after != before) == (embeds, embeds)

    def test_what_is_gone_leaves_nothing_behind(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        notes.put(document("a", "利率", "每季调整。"), document("b", "年费", "免收。"))
        services.sync_now("note", ["a", "b"])
        del notes.documents["a"]
        assert services.sync_now("note", ["a", "never"]) == {Action.DELETE: 1, Action.NOOP: 1}
        assert [d.key for d in SearchDocument.objects.all()] == ["b"]
        assert {p.document.key for p in Passage.objects.select_related("document")} == {"b"}

    def test_every_write_stands_in_the_log(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        notes.put(document("a", "利率", "每季调整。"))
        services.sync_now("note", ["a"], embed=False)
        pk = SearchDocument.objects.get().pk
        last = Change.objects.latest("id")
        assert last.document_id == pk
        services.embed_now()
        assert Change.objects.filter(document_id=pk, id__gt=last.pk).exists()

    def test_documents_of_the_same_people_share_one_access_set(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        both = frozenset({"staff", "customer:x"})
        notes.put(document("a", "一", access=both), document("b", "二", access=both))
        services.sync_now("note", ["a", "b"])
        assert [set(row.tokens) for row in AccessSet.objects.all()] == [both]

    def test_long_texts_become_passages_that_cover_them(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        text = "".join(f"第{n}句说明利率每季调整一次。" for n in range(80))
        notes.put(document("a", "利率", text))
        services.sync_now("note", ["a"])
        covered: set[int] = set()
        for passage in Passage.objects.all():
            covered |= set(range(passage.start, passage.end))
        assert covered == set(range(len(text)))

    def test_a_passage_has_the_language_that_it_is_written_in(
        self, notes: MemorySource, embedder: WordEmbedder
    ) -> None:
        text = (
            "## 问\n提前支取怎么计息？\n\n## Asked\nWhat does early withdrawal cost?\n\n## 3\n42 %"
        )
        notes.put(document("a", "定期", text))
        services.sync_now("note", ["a"])
        ordered = Passage.objects.order_by("ordinal")
        # The document's own where the passage does not tell.
        assert list(ordered.values_list("language", flat=True)) == ["zh", "en", "zh"]

    def test_a_kind_without_a_source_is_an_error(self, notes: MemorySource) -> None:
        with pytest.raises(KeyError):
            services.sync_now("unknown", ["a"])
