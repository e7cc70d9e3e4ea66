"""The message tools see what is missing, wrong or out of reach, and leave good texts alone."""

import gettext
from pathlib import Path

import pytest

from tests.requirements import require
from tools import check_messages, compile_messages, literals
from tools.system_packages import on_path

HEADER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""
SOURCE = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("Send")
_("Hello %(name)s") % {"name": "x"}
ngettext("%(n)s answer", "%(n)s answers", 2) % {"n": 2}
pgettext("state", "Open")
"""
GOOD = """
msgid "Send"
msgstr "发送"

#, python-format
msgid "Hello %(name)s"
msgstr "您好，%(name)s"

#, python-format
msgid "%(n)s answer"
msgid_plural "%(n)s answers"
msgstr[0] "%(n)s 个回答"

msgctxt "state"
msgid "Open"
msgstr "待处理"
"""


def _project(root: Path, translation: str) -> Path:
    app = root / "portal"
    folder = app / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (app / "views.py").write_text(SOURCE)
    (folder / "django.po").write_text(HEADER + translation)
    return root


@pytest.fixture(autouse=True)
def _gettext() -> None:
    require("gettext", on_path("xgettext")(), "apt-get install gettext")


def test_a_complete_translation_is_good(tmp_path: Path) -> None:
    assert check_messages.untranslated(_project(tmp_path, GOOD), ["zh_Hans"]) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("发送", ""), "'Send': not translated"),
        (('msgid "Send"', 'msgid "Sent"'), "'Send': not translated"),
        (('msgid "Send"', '#, fuzzy\nmsgid "Send"'), "'Send': fuzzy"),
        (("您好，%(name)s", "您好"), "'Hello %(name)s': placeholders"),
        (("您好，%(name)s", "您好，%(nom)s"), "'Hello %(name)s': placeholders"),
        (("%(n)s 个回答", "个回答"), "'%(n)s answer': placeholders"),
        (('msgctxt "state"\n', ""), "'Open': not translated"),
    ],
)
def test_each_fault_of_a_translation_is_told(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    faults = check_messages.untranslated(_project(tmp_path, GOOD.replace(*change)), ["zh_Hans"])
    assert len(faults) == 1
    assert told in faults[0]


def test_a_template_and_a_script_are_read_too(tmp_path: Path) -> None:
    root = _project(tmp_path, GOOD)
    (root / "portal" / "page.html").write_text('{% load i18n %}{% translate "Ask" %}')
    (root / "portal" / "page.js").write_text('gettext("Reconnecting");')
    faults = check_messages.untranslated(root, ["zh_Hans"])
    assert ["'Ask'" in faults[0], "'Reconnecting'" in faults[1]] == [True, True]


def test_a_text_without_any_translation_file_is_told_for_each_language(tmp_path: Path) -> None:
    faults = check_messages.untranslated(_project(tmp_path, GOOD), ["zh_Hant"])
    assert len(faults) == 4


@pytest.mark.parametrize(
    "source",
    [
        "<p>{% translate 'Ask' %}</p>",
        "<p>{% blocktranslate %}Ask {{ name }} now{% endblocktranslate %}</p>",
        "{# a note #}{% comment %}more notes{% endcomment %}",
        "<script>const word = 'text';</script><style>p { color: red }</style>",
        "<code>manage.py demo</code><span translate='no'>kiplatform</span>",
        "<button lang='en'>English</button>",
        "<p>{{ value }} × 2 / 3</p>",
        "<input name='text' value='some text'><img alt='{{ alt }}'>",
    ],
)
def test_a_page_without_literal_text_is_good(source: str) -> None:
    assert list(literals.in_html(Path("page.html"), source)) == []


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("<p>\n\nAsk us</p>", 3, "Ask us"),
        ("<p>提问</p>", 1, "提问"),
        ("{% if a\n %}{% endif %}<b>Now</b>", 2, "Now"),
        ("<img alt='A house'>", 1, 'alt="A house"'),
        ("<input type='submit' value='Send'>", 1, 'value="Send"'),
        ("<button aria-label='Close'></button>", 1, 'aria-label="Close"'),
        ("<code>x</code> after code", 1, "after code"),
    ],
)
def test_literal_text_in_a_page_is_found(source: str, line: int, text: str) -> None:
    (found,) = literals.in_html(Path("page.html"), source)
    assert (found.line, found.text) == (line, text)


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("raise InvalidInput('Too long', code='x')", ["Too long"]),
        ("raise InvalidInput(_('Too long'), code='x')", []),
        ("raise errors.NotFound(f'No {x} here')", ["No  here"]),
        ("forms.CharField(label='Name', help_text=_('Your name'))", ["Name"]),
        ("messages.success(request, 'Saved')", ["Saved"]),
        ("log.info('saved', 'Saved')", []),
        ("class Meta:\n    verbose_name = 'case'", ["case"]),
        ("register(label='core')", []),
    ],
)
def test_literal_text_in_a_module_is_found(source: str, texts: list[str]) -> None:
    found = literals.in_python(Path("views.py"), source)
    assert [item.text for item in found] == texts


def test_the_built_files_hold_contexts_and_plurals_and_no_fuzzy_text(tmp_path: Path) -> None:
    fuzzy = '\n#, fuzzy\nmsgid "Draft"\nmsgstr "草稿"\n'
    root = _project(tmp_path, GOOD + fuzzy)
    (source,) = compile_messages.catalogues(root)
    assert compile_messages.compile_one(source)
    assert not compile_messages.compile_one(source), "nothing changed, nothing to do"
    with source.with_suffix(".mo").open("rb") as stream:
        texts = gettext.GNUTranslations(stream)
    assert texts.gettext("Send") == "发送"
    assert texts.pgettext("state", "Open") == "待处理"
    assert texts.ngettext("%(n)s answer", "%(n)s answers", 3) == "%(n)s 个回答"
    assert texts.gettext("Draft") == "Draft"
