"""Find text for people that nobody can translate: written straight into a template or a call.

Guarantee: a heuristic, and an honest one: what it reports is a literal text in a place that people
see. Names that stay the same in every language are marked in the page itself, with HTML's
translate="no" or a lang of their own, or stand inside <code> or <kbd>.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

# Two letters in a row, or one Chinese character: "×", "1/2" and "A" need no translation.
WORDS = re.compile(r"[^\W\d_]{2,}|[\u3400-\u9fff]")
SILENT_TAGS = {"script", "style", "code", "kbd", "samp", "template"}
VOID_TAGS = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
             "track", "wbr"}  # fmt: skip
SEEN_ATTRIBUTES = {"alt", "aria-description", "aria-label", "aria-roledescription", "label",
                   "placeholder", "title"}  # fmt: skip
TEMPLATE_PARTS = re.compile(
    r"{%\s*comment\b.*?{%\s*endcomment\s*%}"
    r"|{%\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}"
    # A block that a page fills with CSS classes.
    r"|{%\s*block\s+\w*class\s*%}.*?{%\s*endblock.*?%}"
    r"|{#.*?#}|{%.*?%}|{{.*?}}",
    re.DOTALL,
)
TEXT_ARGUMENTS = {"verbose_name", "verbose_name_plural", "help_text", "error_message"}
ERRORS = {"ApplicationError", "InvalidInput", "NotAllowed", "NotFound", "Conflict"}
MESSAGE_LEVELS = {"debug", "info", "success", "warning", "error"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A text that cannot be translated, and where it stands."""

    path: Path
    line: int
    text: str


def without_template_parts(source: str) -> str:
    """The source with Django's tags, variables and comments taken out, every line kept."""
    return TEMPLATE_PARTS.sub(lambda match: "\n" * match.group().count("\n"), source)


class _Page(HTMLParser):
    """Collects the texts that a browser would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[int, str]] = []
        self._open: list[tuple[str, bool]] = []

    def _is_silent(self) -> bool:
        return any(silent for _tag, silent in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        # Text with a language of its own, such as a language's name, is meant to stay as it is.
        own_language = tag != "html" and bool(values.get("lang"))
        silent = tag in SILENT_TAGS or values.get("translate") == "no" or own_language
        if not silent and not self._is_silent():
            self._look_at_attributes(tag, values)
        if tag not in VOID_TAGS:
            self._open.append((tag, silent))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._is_silent():
            self._look_at_attributes(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        # A template may open a tag in one branch and close it in two: close the nearest, if any.
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index][0] == tag:
                del self._open[index:]
                return

    def handle_data(self, data: str) -> None:
        if self._is_silent():
            return
        first = self.getpos()[0]
        for offset, line in enumerate(data.splitlines()):
            if WORDS.search(line):
                self.found.append((first + offset, line.strip()))

    def _look_at_attributes(self, tag: str, values: dict[str, str | None]) -> None:
        names = set(SEEN_ATTRIBUTES)
        if tag == "input" and values.get("type") in {"submit", "button", "reset"}:
            names.add("value")
        if tag == "meta" and values.get("name") == "description":
            names.add("content")
        for name in sorted(names & values.keys()):
            if WORDS.search(values[name] or ""):
                self.found.append((self.getpos()[0], f'{name}="{values[name]}"'))


def in_html(path: Path, source: str) -> Iterator[Literal]:
    """The literal texts of one HTML template."""
    page = _Page()
    page.feed(without_template_parts(source))
    page.close()
    yield from (Literal(path, line, text) for line, text in page.found)


def in_text(path: Path, source: str) -> Iterator[Literal]:
    """The literal texts of one plain text template, such as an e-mail's."""
    for number, line in enumerate(without_template_parts(source).splitlines(), start=1):
        if WORDS.search(line):
            yield Literal(path, number, line.strip())


def in_python(path: Path, source: str) -> Iterator[Literal]:
    """The literal texts of one module in the places whose text reaches people: labels of fields
    and models, the errors of kiplatform.core.errors, and messages to the user."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            candidates = _texts_of_call(node)
        elif isinstance(node, ast.ClassDef):
            candidates = _texts_of_class(node)
        else:
            continue
        for value in candidates:
            text = _literal_text(value)
            if text and WORDS.search(text):
                yield Literal(path, value.lineno, text)


def _texts_of_call(call: ast.Call) -> Iterator[ast.expr]:
    name = _name(call.func)
    for keyword in call.keywords:
        is_label = keyword.arg == "label" and name.endswith("Field")
        if keyword.arg in TEXT_ARGUMENTS or is_label:
            yield keyword.value
    if name in ERRORS and call.args:
        yield call.args[0]
    is_message = (
        name in MESSAGE_LEVELS
        and isinstance(call.func, ast.Attribute)
        and _name(call.func.value) == "messages"
    )
    if is_message and len(call.args) > 1:
        yield call.args[1]


def _texts_of_class(definition: ast.ClassDef) -> Iterator[ast.expr]:
    for statement in definition.body:
        if isinstance(statement, ast.Assign):
            names = {_name(target) for target in statement.targets}
            if names & {"verbose_name", "verbose_name_plural"}:
                yield statement.value


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _literal_text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal_text(part) for part in node.values)
    return ""
