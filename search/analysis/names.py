"""Names that can be the whole of a query: of persons, also by their pinyin, and codes.

Guarantee: whoever types a Chinese name as characters (either script), as syllables, run together,
in either order or as initials, gets a term that the name's own terms hold; and whoever types a
code, with or without its hyphens and spaces, the term of the code.
"""

import re
from collections.abc import Iterator

from search.analysis.normalising import normalise

_HAN_NAME = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]{2,6}")
_WORD = re.compile(r"[a-z0-9]+")
_JOINT = re.compile(r"[\s\-_./]+")
# Characters that are read differently when they are a family name.
_FAMILY_READINGS = {
    "单": "shan", "仇": "qiu", "解": "xie", "区": "ou", "查": "zha", "曾": "zeng", "任": "ren",
    "盖": "ge", "缪": "miao", "朴": "piao", "翟": "zhai", "乐": "yue", "覃": "qin", "洗": "xian",
    "员": "yun", "黑": "he", "折": "she", "尉迟": "yuchi", "万俟": "moqi", "长孙": "zhangsun",
    "秘": "bi", "种": "chong", "召": "shao", "繁": "po", "佴": "nai", "逄": "pang", "瞿": "qu",
}  # fmt: skip
_DOUBLE_FAMILY_NAMES = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐",
     "宇文", "长孙", "司徒", "司空", "夏侯", "端木", "南宫", "万俟", "独孤"}
)  # fmt: skip


def _readings(name: str, family_length: int) -> Iterator[tuple[str, str, list[str]]]:
    """(family, given, syllables) of a name: as dictionaries read it, then as a family name."""
    # The readings take 57 MB, which a process that needs no names shall not spend.
    from pypinyin import Style, pinyin

    syllables = [options[0] for options in pinyin(name, style=Style.NORMAL)]
    given = "".join(syllables[family_length:])
    yield "".join(syllables[:family_length]), given, syllables
    own = _FAMILY_READINGS.get(name[:family_length])
    if own:
        first = [own] if family_length == 1 else syllables[:family_length]
        yield own, given, [*first, *syllables[family_length:]]


def name_tokens(name: str) -> list[str]:
    """Index terms of a person's name; for a name without Chinese characters its plain words."""
    normal = normalise(name)
    terms = dict.fromkeys(_WORD.findall(normal))
    for found in _HAN_NAME.findall(normal):
        family_length = 2 if found[:2] in _DOUBLE_FAMILY_NAMES and len(found) > 2 else 1
        terms.update(dict.fromkeys((found, found[family_length:])))
        for family, given, syllables in _readings(found, family_length):
            initials = "".join(syllable[0] for syllable in syllables)
            forms = (family + given, given + family, family, given, *syllables, initials)
            terms.update(dict.fromkeys(forms))
    return [term for term in terms if term]


def query_name_tokens(query: str) -> list[str]:
    """Terms to look for among `name_tokens`: the words as typed and all of them run together."""
    normal = normalise(query)
    words = _WORD.findall(normal)
    joined = ["".join(words)] if len(words) > 1 else []
    return list(dict.fromkeys([*joined, *words, *_HAN_NAME.findall(normal)]))


def name_term(text: str) -> str:
    """A code, or a whole query that may be a name, as one index term; "" for signs alone."""
    return _JOINT.sub("", normalise(text))
