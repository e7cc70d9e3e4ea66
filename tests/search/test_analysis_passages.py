"""Passages: nothing is lost, nothing crosses a heading, and borders are where a reader pauses."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from search.analysis import passages

PARTS = st.sampled_from(
    ["本产品保本。", "费用为3.5%，按年收取；", "A fee of 3.5% applies. ", "Really?", "\n",
     "\n\n", " ", "# 费用\n", "二、流程\n", "无标点的长文字" * 20,
     "x", "，", "。", "\u3000", "\r\n", "\u2028"]
)  # fmt: skip
TEXTS = st.lists(PARTS, max_size=40).map("".join)


@given(TEXTS, st.integers(20, 300), st.integers(0, 80))
def test_every_character_is_in_a_passage_that_is_a_span_of_the_text(
    text: str, size: int, overlap: int
) -> None:
    covered: set[int] = set()
    last = -1
    for passage in passages("", text, size, overlap):
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip()
        assert passage.start > last
        last = passage.start
        assert passage.end - passage.start <= size * 1.25
        covered.update(range(passage.start, passage.end))
    assert all(text[place].isspace() for place in range(len(text)) if place not in covered)


def test_borders_are_ends_of_sentences() -> None:
    text = "第一句说的是利率。第二句说的是费用，还有3.5%的税。Third one costs 3.5 percent. 第四句！"
    cut = [passage.text for passage in passages("", text, size=30, overlap=0)]
    assert cut == [
        "第一句说的是利率。第二句说的是费用，还有3.5%的税。",
        "Third one costs 3.5 percent.",
        "第四句！",
    ]


def test_a_heading_begins_a_passage_and_names_it() -> None:
    text = "开头。\n## 费用\n不收费。\n二、流程\n先预约。"
    found = passages("", text)
    assert [passage.heading for passage in found] == ["", "费用", "二、流程"]
    assert found[1].text == "## 费用\n不收费。"


def test_the_overlap_repeats_whole_sentences() -> None:
    text = "".join(f"这是第{number}句话。" for number in range(10, 40))
    found = passages("", text, size=60, overlap=20)
    for before, after in pairwise(found):
        assert after.start < before.end
        assert before.end - after.start <= 20
        assert after.text.startswith("这是第")


def test_a_title_alone_can_be_found_and_nothing_at_all_cannot() -> None:
    assert [passage.text for passage in passages("标题", "  \n")] == [""]
    assert passages(" ", "") == []
