"""Check that every text for people is translated, with `make messages`.

Guarantee: exits with 0 only when every text that gettext's programs find in the packages has a
translation into each language of LANGUAGES that is not fuzzy and keeps the placeholders and the
HTML tags of the original, and when tools/literals.py finds no text outside the reach of
translation. Nothing in the work tree is written.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po

from tools import literals

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "kiplatform", "customer_knowledge", "manager_knowledge", "qa_center", "portal", "search",
)  # fmt: skip
LANGUAGES = ("zh_Hans", "zh_Hant")
DOMAINS = ("django", "djangojs")
SKIPPED_FOLDERS = {"migrations", "vendor", "tests", "locale", "node_modules"}
EXTRACTED = {".py", ".html", ".txt", ".js"}
PYTHON_PLACEHOLDER = re.compile(r"%\((\w+)\)[#0 +-]*\d*\.?\d*[a-zA-Z]|%[sdif]")
BRACE_PLACEHOLDER = re.compile(r"{(\w*)[^{}]*}")
TAG = re.compile(r"</?([a-z][a-z0-9]*)\b")

Key = tuple[str | None, str]


def sources(root: Path) -> Iterator[Path]:
    """Every file of the packages that may hold texts, relative to `root`."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            inside = path.relative_to(root)
            skipped = SKIPPED_FOLDERS & set(inside.parts)
            if path.suffix in EXTRACTED and not skipped and path.is_file():
                yield inside


def read(path: Path) -> Catalog:
    with path.open("rb") as stream:
        return read_po(stream, abort_invalid=True)


def extract(root: Path, domain: str) -> Catalog:
    """The texts of the packages, as Django's makemessages finds them, in a copy elsewhere."""
    with tempfile.TemporaryDirectory(prefix="kip-messages-") as scratch:
        copy = Path(scratch)
        (copy / "locale").mkdir()
        for path in sources(root):
            (copy / path.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy(root / path, copy / path)
        environment = {**os.environ, "PYTHONPATH": ""}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [
            *(sys.executable, "-m", "django", "makemessages", "--keep-pot", "--verbosity", "0"),
            *("--locale", LANGUAGES[0], "--domain", domain),
        ]
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"makemessages failed:\n{done.stderr}")
        template = copy / "locale" / f"{domain}.pot"
        if not template.exists():
            return Catalog()
        # gettext leaves the plural rule to the translator, Babel wants to read one.
        text = template.read_text().replace("nplurals=INTEGER; plural=EXPRESSION;", "nplurals=2;")
        return read_po(text.splitlines(keepends=True), abort_invalid=True)


def translations(root: Path, language: str, domain: str) -> tuple[dict[Key, Message], list[str]]:
    """All translations of the project into one language, and what is wrong with the files.

    Django merges the catalogues of all apps: a text counts as translated wherever it is.
    """
    found: dict[Key, Message] = {}
    problems = []
    for package in PACKAGES:
        for path in sorted((root / package).rglob(f"locale/{language}/LC_MESSAGES/{domain}.po")):
            try:
                catalogue = read(path)
            except (PoFileError, ValueError) as error:
                problems.append(f"{path.relative_to(root)}: cannot be read: {error}")
                continue
            for message in entries(catalogue):
                known = found.get(key_of(message))
                if known is None or (known.fuzzy or not texts_of(known)):
                    found[key_of(message)] = message
    return found, problems


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def key_of(message: Message) -> Key:
    return message.context, originals_of(message)[0]


def originals_of(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def texts_of(message: Message) -> tuple[str, ...]:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return texts if all(texts) else ()


def parts_of(text: str, message: Message) -> tuple[set[str], list[str]]:
    """The placeholders of a text, and its HTML tags."""
    placeholders = set()
    if "python-format" in message.flags:
        placeholders |= {match.group() for match in PYTHON_PLACEHOLDER.finditer(text)}
    if "python-brace-format" in message.flags:
        placeholders |= {match.group(1) for match in BRACE_PLACEHOLDER.finditer(text)}
    return placeholders, sorted(TAG.findall(text))


def fault_of(wanted: Message, given: Message | None) -> str:
    """What is wrong with a translation, or an empty text."""
    if given is None or not texts_of(given):
        return "not translated"
    if given.fuzzy:
        return "fuzzy: check it and remove the mark"
    # Chinese has one form for every number: it stands for the original's plural.
    original = originals_of(wanted)[-1]
    for text in texts_of(given):
        if parts_of(text, wanted) != parts_of(original, wanted):
            return f"placeholders or tags differ: {text!r}"
        if text.startswith("\n") != original.startswith("\n"):
            return "a line break at the beginning is missing or too much"
        if text == original and len(original.split()) > 2:
            return "the translation is the English text"
    return ""


def untranslated(root: Path, languages: Iterable[str] = LANGUAGES) -> list[str]:
    """One line for each fault of each language."""
    faults = []
    for domain in DOMAINS:
        wanted = list(entries(extract(root, domain)))
        for language in languages:
            given, problems = translations(root, language, domain)
            faults += problems
            for message in wanted:
                fault = fault_of(message, given.get(key_of(message)))
                if fault:
                    place = "{}:{}".format(*message.locations[0]) if message.locations else domain
                    faults.append(f"{language} {place}: {key_of(message)[1]!r}: {fault}")
    return faults


def literal_texts(root: Path) -> list[str]:
    """One line for each text that stands outside the reach of translation."""
    found = []
    for path in sources(root):
        source = (root / path).read_text()
        if path.suffix == ".html":
            found += literals.in_html(path, source)
        elif path.suffix == ".txt" and "templates" in path.parts:
            found += literals.in_text(path, source)
        elif path.suffix == ".py" and "management" not in path.parts:
            found += literals.in_python(path, source)
    return [f"{item.path}:{item.line}: {item.text!r}" for item in found]


def main() -> int:
    faults = untranslated(ROOT)
    outside = literal_texts(ROOT)
    for title, lines in (
        ("Texts without a good translation", faults),
        ("Texts that cannot be translated (use translate, blocktranslate or gettext)", outside),
    ):
        if lines:
            print(f"{title}: {len(lines)}")
            print("".join(f"  {line}\n" for line in lines), end="")
    if not faults and not outside:
        print(f"Every text is translated into {' and '.join(LANGUAGES)}.")
    counts: dict[str, int] = defaultdict(int)
    for line in faults:
        counts[line.split(" ", 1)[0]] += 1
    if counts:
        print("In all: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    return 1 if faults or outside else 0


if __name__ == "__main__":
    sys.exit(main())
