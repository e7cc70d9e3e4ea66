"""Customers' words without the customer: what could name or reach somebody is covered.

Guarantee: no e-mail address, link, number of seven digits or more (but a day or an amount with
commas), and no name or form of address that the database knows of the people who spoke, is left in
a text that went through `masked`. Its time grows with the length of the text and no faster.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from opencc import OpenCC

from customer_knowledge.models import Customer

COVER = "▮▮▮"
SHORTEST_NAME = 2
# What stands before "@" begins where the run does, and a number is taken without looking back:
# otherwise a long run of letters or signs would be read again from each of its characters.
_REACHES = re.compile(
    r"(?P<stays>(?<!\d)\d{4}-\d{1,2}-\d{1,2}(?!\d)|(?<!\d)\d{1,3}(?:,\d{3})+(?![\d,]))"
    r"|(?<![^\s@，。；：、])[^\s@，。；：、]++@[^\s@，。；：、]+"
    r"|(?:https?://|www\.)\S+"
    r"|\+?(?<!\d)\d(?:[\s\-()]{0,3}\d){6,}+"
)
_HAN_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
_LATIN_NAME = re.compile(r"[A-Za-z\u00c0-\u024f'\u2019.\-]+(?: [A-Za-z\u00c0-\u024f'\u2019.\-]+)+")
_SURNAMES_OF_TWO = frozenset(
    {
        "欧阳",
        "歐陽",
        "司马",
        "司馬",
        "上官",
        "诸葛",
        "諸葛",
        "夏侯",
        "皇甫",
        "尉迟",
        "尉遲",
        "公孙",
        "公孫",
        "慕容",
        "令狐",
        "东方",
        "東方",
        "独孤",
        "獨孤",
        "南宫",
        "南宮",
        "司徒",
        "司空",
        "端木",
        "轩辕",
        "軒轅",
        "宇文",
        "长孙",
        "長孫",
        "闻人",
        "聞人",
        "钟离",
        "鍾離",
        "澹台",
        "澹臺",
        "公冶",
        "申屠",
        "呼延",
    }
)
_ADDRESS = (
    "女士|小姐|太太|夫人|先生|老师|老師|经理|經理|总经理|總經理|董事长|董事長|总|總|董|教授|医生|醫生|"
    "律师|律師|阿姨|叔叔|大姐|大哥"
)


@cache
def _scripts() -> tuple[OpenCC, OpenCC]:
    return OpenCC("t2s"), OpenCC("s2t")


def names_of(customer: Customer) -> tuple[str, ...]:
    """Return the customer's name and those of its contacts, also of those who have left.

    Reads `customer.contacts` with their users: prefetch "contacts__user" where there are many.
    """
    return (customer.name, *(contact.user.name for contact in customer.contacts.all()))


def masked(text: str, names: Iterable[str]) -> str:
    """Return `text` with the given names and everything that reaches a person covered.

    A person's name is covered in both Chinese scripts and also in part: "陈女士" and "桂兰" of
    陈桂兰, "Emily" and "Ms Carter" of Emily Carter.
    """
    for pattern in map(_pattern, sorted(set(names), key=len, reverse=True)):
        if pattern is not None:
            text = pattern.sub(COVER, text)
    return _REACHES.sub(_covered, text)


def _covered(found: re.Match[str]) -> str:
    """A day and an amount reach nobody."""
    return found["stays"] or COVER


@lru_cache(maxsize=10_000)
def _pattern(name: str) -> re.Pattern[str] | None:
    forms = [form for script in _written(name.strip()) for form in _forms(script)]
    return re.compile("|".join(dict.fromkeys(forms))) if forms else None


def _written(name: str) -> tuple[str, ...]:
    return (name, *(script.convert(name) for script in _scripts()))


def _forms(name: str) -> Iterator[str]:
    """Yield patterns of a name, the longest first."""
    if len(name) < SHORTEST_NAME:
        return
    yield f"(?i:{re.escape(name)})"
    if _HAN_NAME.fullmatch(name):
        surname = name[:2] if name[:2] in _SURNAMES_OF_TWO and len(name) > 2 else name[:1]
        yield f"{surname}(?={_ADDRESS})"
        if len(name) - len(surname) >= SHORTEST_NAME:
            yield name[len(surname) :]
    elif _LATIN_NAME.fullmatch(name):
        parts = [part.strip(".") for part in name.split()]
        yield from (rf"\b{re.escape(part)}\b" for part in parts if len(part) > SHORTEST_NAME)
