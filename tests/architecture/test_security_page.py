"""The page on security says of each item of ASVS where it is tested, and no more than is true."""

import ast
import re
from collections import defaultdict

from tests.architecture.repository import ROOT, text_of, tracked

PAGE = ROOT / "docs" / "explanation" / "security.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)


def _marked() -> dict[str, set[str]]:
    """Item -> the test modules with a test that says that it covers it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in tracked():
        if path.parts[0] == "tests" and path.name.startswith("test_") and path.suffix == ".py":
            for node in ast.walk(ast.parse(text_of(path) or "")):
                if isinstance(node, ast.Call) and _name(node.func) == "asvs":
                    for argument in node.args:
                        if isinstance(argument, ast.Constant):
                            found[str(argument.value)].add(f"{path.parent.name}/{path.stem}")
    return found


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_item_that_a_test_covers_stands_on_the_page_with_that_test() -> None:
    rows = ROW.findall(PAGE.read_text())
    assert len(rows) == len({item for item, _where in rows}), "an item stands there twice"
    described = {item: set(re.findall(r"`([\w/]+)`", where)) for item, where in rows}
    assert described == _marked()


def test_the_items_stand_in_their_order() -> None:
    items = [item for item, _where in ROW.findall(PAGE.read_text())]
    assert items == sorted(items, key=lambda item: [int(part) for part in item.split(".")])
