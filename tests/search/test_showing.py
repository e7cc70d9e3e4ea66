"""What a reader sees of a hit: the passage in their script, with the right words marked."""

from hypothesis import given
from hypothesis import strategies as st

from search.analysis import tokens
from search.showing import Shown, show

# What a database can hold: no lone surrogates.
TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("提前支取後來頭髮ＧＳ－２０éÜßİŁ\u200b\u0301. 0aZ"),
    ),
    max_size=60,
)


def seen(passage: str, query: str, *, title: str = "", language: str = "zh-hans") -> Shown:
    return show(title, passage, language, language, tokens(query))


def marked(shown: Shown) -> list[str]:
    return [shown.passage[start:end] for start, end in shown.marks]


def test_words_are_marked_in_whatever_script_the_passage_has() -> None:
    passage = "為避免損失，提前支取定期存款將按活期利率計息。"
    assert "提前支取" in marked(seen(passage, "提前支取要扣多少", language="zh-hant"))


def test_inflections_accents_and_full_width_are_marked_as_they_are_written() -> None:
    shown = seen("Café fees of １，０００ apply", "cafe fee 1000", language="en")
    assert marked(shown) == ["Café", "fees", "１，０００"]


def test_the_viewer_reads_their_own_script() -> None:
    shown = show("定期", "提前支取按活期計息", "zh-hant", "zh-hans", tokens("计息"))
    assert shown.passage == "提前支取按活期计息"
    assert marked(shown) == ["计息"]


def test_coverage_is_the_share_of_the_terms_that_title_and_passage_hold() -> None:
    shown = seen("the fee is waived", "fee refund card", title="Card", language="en")
    assert shown.coverage == 2 / 3
    assert shown.words == ("Card", "fee")


@given(TEXTS, TEXTS)
def test_marks_are_in_order_apart_and_inside(passage: str, query: str) -> None:
    shown = show("", passage, "zh-hant", "zh-hans", tokens(query))
    end_before = -1
    for start, end in shown.marks:
        assert end_before < start < end <= len(shown.passage)
        end_before = end
