"""Whatever editors type, readers get words and nothing that runs."""

import re

import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from manager_knowledge.rendering import TAGS, render_body

PIECES = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
    "[x](java\tscript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "![i](https://a.b/c)",
    "<https://a.b>", "<javascript:alert(1)>", "# h", "- a", "1. b", "> q", "`c`", "**b**", "|a|b|",
    "\n", "|-|-|", "<a href='javascript:x'>", "<style>*{}</style>", "&#60;script&#62;", "\u202e",
    "[a]: javascript:alert(1)", "[a]", "\\<b\\>", "```html\n<b>\n```", '" onclick="x',
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join))
def test_nothing_runs(text: str) -> None:
    html = render_body(text)
    assert isinstance(html, SafeString)
    for tag, attributes in re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", html):
        assert tag in TAGS
        assert not re.search(r"\bon\w+\s*=", re.sub(r'"[^"]*"', '""', attributes))
    for address in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert not re.match(r"(?i)\s*(javascript|data|vbscript):", address)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("# Rates", "<h2>Rates</h2>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("**b** *i* ~~s~~", "<p><strong>b</strong> <em>i</em> <s>s</s></p>"),
        (
            "[words](https://a.example)",
            '<p><a href="https://a.example" rel="noopener noreferrer">words</a></p>',
        ),
        ("a <b>", "<p>a &lt;b&gt;</p>"),
        ("", ""),
    ],
)
def test_what_editors_write(text: str, html: str) -> None:
    assert render_body(text).strip() == html


def test_tables() -> None:
    assert "<td>1.45%</td>" in render_body("| Term | Rate |\n|---|---|\n| 1 year | 1.45% |")
