"""The text analysis: what meets, what is kept whole, and that spans point where they say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import (
    Synonyms,
    bigrams,
    detect_language,
    name_term,
    name_tokens,
    near_words,
    normalise,
    query_name_tokens,
    spans,
    tokens,
)

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "提前支取後來頭髮ＧＳ－２０２６éÜßİŁ\u200b\u202e\u0301\ufe0f. ,%+'’\n\t0aZ"
        ),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("後來頭髮的開發", "后来头发的开发"),
        ("ＧＳ－２０２６Ａ　３．５％", "gs-2026a 3.5%"),
        ("Café Zürich Łódź Straße", "cafe zurich lodz strasse"),
        ("a\u200bb\u202ec\x00d\ufeffe\ud800f", "abcdef"),
        ("  一 \n\t 二  ", "一 二"),
        ("İstanbul", "istanbul"),
        ("", ""),
        ("\u200b\u202e", ""),
    ],
)
def test_one_form_for_scripts_widths_cases_and_accents(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(TEXTS)
def test_normalising_never_fails_and_changes_nothing_twice(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(TEXTS)
def test_terms_hold_no_white_space_and_no_capitals(text: str) -> None:
    for term in [*tokens(text), *bigrams(text)]:
        assert term
        assert not any(character.isspace() for character in term)
        assert term == term.lower()


@given(TEXTS)
def test_spans_lie_in_the_text_as_given(text: str) -> None:
    for token in spans(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.terms


@pytest.mark.parametrize(
    "text",
    [
        "為避免損失，提前支取定期存款將按活期利率計息。",
        "Café fees of １，０００ apply to GS－２０２６Ａ withdrawals",
        "ﬁnance　Ⅳ期 ½ 利率",
        "a\u200bb 存\u200b款 e\u0301tude",
    ],
)
def test_a_word_of_the_original_gives_the_terms_of_its_span(text: str) -> None:
    for token in spans(text):
        assert set(token.terms) & set(tokens(text[token.start : token.end]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("提前支取定期存款", "定期存款可以提前支取"),
        ("withdrawals", "withdraw"),
        ("Fees", "fee"),
        ("GS-2026A", "gs2026a"),
        ("GS-2026A", "GS－2026Ａ"),
        ("e-mail", "email"),
        ("the fund's rate", "funds"),
        ("利率3.5%", "3.5"),
        ("1,000元", "1000"),
        ("A股行情", "投资A股"),
        ("計程車", "计程车"),
    ],
)
def test_the_same_word_meets_itself(one: str, other: str) -> None:
    assert set(tokens(one)) & set(tokens(other))


def test_codes_and_percentages_stay_whole() -> None:
    assert {"gs-2026a", "gs2026a"} <= set(tokens("产品GS-2026A的说明"))
    assert "3.5%" in tokens("年利率3.5%起")
    assert "gs-2026b" not in tokens("GS-2026A")


def test_bigrams_find_a_name_that_no_dictionary_holds() -> None:
    assert "欣悦" in bigrams("锦欣悦增利")
    assert bigrams("abc") == []
    assert bigrams("股") == ["股"]


def test_repeated_words_count_as_often_as_they_occur() -> None:
    assert tokens("利率 利率 利率").count("利率") == 3


class TestSynonyms:
    SYNONYMS = Synonyms(
        {"定存": ["定期存款"], "term deposit": ["fixed deposit"], "ATM": ["取款机"]}
    )

    @pytest.mark.parametrize(
        ("text", "added"),
        [("定存利率", "定期存款"), ("Term deposits", "fix"), ("atm在哪", "取款机")],
    )
    def test_a_phrase_brings_the_terms_of_its_alternatives(self, text: str, added: str) -> None:
        assert added in tokens(text, self.SYNONYMS)
        assert added not in tokens(text)

    def test_part_of_an_english_word_is_not_the_phrase(self) -> None:
        assert tokens("atmosphere", self.SYNONYMS) == tokens("atmosphere")

    def test_none_of_them_is_false(self) -> None:
        assert not Synonyms({})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("提前支取要扣多少利息", "zh"),
        ("後來提前支取要扣多少利息", "zh"),
        ("ETF和LOF有什么区别", "zh"),
        ("What is 定期存款?", "en"),
        ("transfer limit", "en"),
        ("GS-2026A", "en"),
        ("Как дела", "other"),
        ("これは日本語です", "other"),
        ("3.5%", "other"),
        ("", "other"),
        ("😀😀", "other"),
        ("Quelle banque propose les meilleurs taux cette semaine pour épargner", "other"),
    ],
)
def test_language_of_a_text(text: str, language: str) -> None:
    assert detect_language(text) == language


class TestSpelling:
    WORDS = frozenset({"deposit", "depot", "withdraw", "transfer", "fee", "gs-2026a", "利率"})

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [("depsoit", "deposit"), ("depositt", "deposit"), ("transfr", "transfer")],
    )
    def test_a_slip_finds_the_word(self, typed: str, meant: str) -> None:
        assert near_words(typed, self.WORDS)[0] == meant

    @pytest.mark.parametrize("typed", ["deposit", "fea", "gs-2026b", "利息", "", "unrelated"])
    def test_known_short_coded_and_far_words_are_left_alone(self, typed: str) -> None:
        assert near_words(typed, self.WORDS) == []


class TestNames:
    @pytest.mark.parametrize(
        "typed",
        ["王小明", "小明", "wang xiaoming", "Xiaoming Wang", "wangxiaoming", "wxm", "xiaoming"],
    )
    def test_a_name_is_found_however_it_is_typed(self, typed: str) -> None:
        assert set(query_name_tokens(typed)) & set(name_tokens("王小明"))

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            ("歐陽娜娜", "ouyang"),
            ("单雄信", "shan xiongxin"),
            ("曾國藩", "zeng"),
            ("Ann Lee", "lee"),
        ],
    )
    def test_double_and_oddly_read_family_names(self, name: str, typed: str) -> None:
        assert set(query_name_tokens(typed)) & set(name_tokens(name))

    @pytest.mark.parametrize("typed", ["QH-TD01", "qh td01", "Qh_Td.01", "ＱＨＴＤ０１"])
    def test_a_code_is_one_term_however_it_is_typed(self, typed: str) -> None:
        assert name_term(typed) == "qhtd01"

    def test_another_name_is_another_name(self) -> None:
        assert not set(query_name_tokens("li wei")) & set(name_tokens("王小明"))
