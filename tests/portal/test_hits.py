"""How what search found reads in lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.shared.hits import as_prose


@pytest.mark.parametrize(
    ("passage", "line"),
    [
        ("## 提前支取\n按活期计息。\n全部支取即销户。", "提前支取 · 按活期计息。 全部支取即销户。"),
        (
            "Terms\n\n- Up to **90%** of it\n- Interest by the day.\n* At `any` time\n",
            "Terms · Up to 90% of it · Interest by the day. At any time",
        ),
        ("It says:\n> “Ask first.”\n\nThen pay", "It says: “Ask first.” Then pay"),
        ("### - 一次", "一次"),
        ("1 - 2 不变 # 号", "1 - 2 不变 # 号"),
        ("", ""),
    ],
)
def test_a_passage_reads_as_one_line(passage: str, line: str) -> None:
    assert as_prose(passage) == (line, [])


WORDS = st.lists(st.sampled_from(["提前支取", "rate", "1.45%", "利率。"]), min_size=1, max_size=12)
JOINTS = st.sampled_from([" ", "\n", "\r\n\n- ", "\n## ", " **", "` ", "\n> - "])


@given(st.sampled_from(["", "# ", "- ", "\n"]), WORDS, st.data())
def test_marks_stay_on_their_words(start: str, words: list[str], data: st.DataObject) -> None:
    text, marks = start, []
    for word in words:
        marks.append((len(text), len(text) + len(word)))
        text += word + data.draw(JOINTS)
    line, moved = as_prose(text, marks)
    assert [line[begin:end] for begin, end in moved] == words
    assert "\n" not in line
