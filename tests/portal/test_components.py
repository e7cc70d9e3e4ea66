"""The components: what they say, what they never do, and that their colours can be read."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customer_knowledge.models import Complaint, Question
from kiplatform.core import clock
from manager_knowledge.choices import State as KnowledgeState
from portal.labels import STATES
from portal.templatetags import kip, kip_charts
from portal.texts import script_texts
from qa_center.models import Invitation, Proposal, ResearchCase
from tests.portal import samples

PORTAL = Path(kip.__file__).resolve().parents[1]
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
SCRIPTS = sorted((PORTAL / "static/portal/js").glob("*.js"))
TOKENS = (PORTAL / "static/portal/css/tokens.css").read_text()
NOON = datetime(2025, 6, 12, 4, 0, tzinfo=UTC)


def render(name: str, /, **context: Any) -> str:
    request = RequestFactory().get("/workspace/?state=open")
    request.user = AnonymousUser()
    return render_to_string(f"components/{name}.html", context, request=request)


def declarations(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", block))


def schemes() -> dict[str, dict[str, str]]:
    light = declarations(TOKENS[: TOKENS.index("@media")])
    chosen = declarations(TOKENS.split('[data-theme="dark"] {')[1].split("}")[0])
    return {"light": light, "dark": {**light, **chosen}}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG 2.2 contrast ratio of two #rrggbb colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


READABLE = [
    *[(text, ground) for text in ("text", "text-2", "text-3") for ground in ("canvas", "surface")],
    *[(text, "surface-hover") for text in ("text", "text-2", "text-3")],
    *[(text, "accent-soft") for text in ("text", "text-2", "text-3", "accent-text")],
    *[("accent-text", ground) for ground in ("canvas", "surface", "surface-sunken")],
    ("text-2", "surface-sunken"), ("text-3", "surface-sunken"), ("text-3", "surface-raised"),
    ("on-accent", "accent"), ("on-accent", "accent-hover"),
    ("on-danger", "danger"), ("on-danger", "danger-hover"),
    ("danger-text", "danger-soft"), ("danger-text", "surface"), ("danger-text", "canvas"),
    ("text", "danger-soft"), ("text", "warn-soft"), ("text", "info-soft"), ("text", "mark"),
    ("warn-text", "warn-soft"), ("warn-text", "surface"), ("info-text", "info-soft"),
    ("note-text", "note"), ("text-3", "note"), ("on-mark", "mark"),
    ("side-text", "side"), ("side-text", "side-2"), ("side-muted", "side"),
]  # fmt: skip
VISIBLE = [
    ("line-strong", "surface"), ("focus", "canvas"), ("focus", "surface"), ("note-line", "note"),
    ("side-accent", "side"), ("chart-1", "surface"), ("chart-2", "surface"), ("accent", "canvas"),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(scheme: str) -> None:
    tokens = schemes()[scheme]
    poor = [
        f"{text} on {ground}: {contrast(tokens[f'--{text}'], tokens[f'--{ground}']):.2f}"
        for pairs, least in ((READABLE, 4.5), (VISIBLE, 3.0))
        for text, ground in pairs
        if contrast(tokens[f"--{text}"], tokens[f"--{ground}"]) < least
    ]
    assert poor == []


def test_avatars_can_be_read() -> None:
    css = (PORTAL / "static/portal/css/actions.css").read_text()
    hues = re.findall(r"\.avatar--h\d \{ background: (#\w{6}); color: (#\w{6});", css)
    assert len(hues) == kip.AVATAR_HUES
    assert min(contrast(ground, ink) for ground, ink in hues) >= 4.5


def test_dark_is_the_same_by_preference_and_by_choice() -> None:
    by_preference = TOKENS.split(':not([data-theme="light"]) {')[1].split("}")[0]
    by_choice = TOKENS.split('[data-theme="dark"] {')[1].split("}")[0]
    assert declarations(by_preference) == declarations(by_choice)


def test_every_token_that_is_used_exists() -> None:
    known = set(schemes()["light"])
    for sheet in (PORTAL / "static/portal/css").glob("*.css"):
        assert set(re.findall(r"var\((--[\w-]+)", sheet.read_text())) <= known, sheet.name


def test_templates_keep_to_the_content_policy() -> None:
    """No inline script, handler or style: OWASP ASVS 4.0.3, 14.4.3 relies on it."""
    forbidden = re.compile(
        r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:|hx-on|hx-vals='js|https?://(?!www\.w3)"
    )
    found = {path.name: hit for path in TEMPLATES if (hit := forbidden.search(path.read_text()))}
    assert found == {}


def test_every_icon_that_is_used_is_drawn() -> None:
    drawn = set(
        re.findall(r'<symbol id="([\w-]+)"', (PORTAL / "static/portal/icons.svg").read_text())
    )
    used = {
        name
        for path in TEMPLATES
        for name in re.findall(r'\{% icon "([\w-]+)"|default:"([\w-]+)" %', path.read_text())
        for name in name
        if name
    }
    assert used - {"icon"} <= drawn


def test_every_component_says_what_it_needs() -> None:
    silent = [
        path.name
        for path in TEMPLATES
        if path.parent.name == "components" and not path.read_text().startswith("{% comment %}")
    ]
    assert silent == []


def test_every_sentence_of_a_script_is_translated() -> None:
    used = set()
    for script in SCRIPTS:
        used |= set(re.findall(r'\b(?:text|status|say)\((?:form, )?"(\w+)"', script.read_text()))
    assert used <= set(script_texts())
    with translation.override("zh-hans"):
        assert all(re.search(r"[\u4e00-\u9fff]", words) for words in script_texts().values())


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        ("question", Question.State),
        ("case", ResearchCase.State),
        ("invitation", Invitation.Status),
        ("proposal", Proposal.State),
        ("knowledge", KnowledgeState),
        ("complaint", Complaint.State),
    ],
)
def test_every_state_of_the_domain_has_a_look(kind: str, states: Any) -> None:
    assert set(states.values) <= set(STATES[kind])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("陈思远", "思远"),
        ("海纳精密制造", "海纳"),
        ("Margaret Liu", "ML"),
        ("priya", "P"),
        ("", "?"),
    ],
)
def test_initials(name: str, expected: str) -> None:
    assert kip.initials(name) == expected


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70))))
def test_marking_a_passage_adds_marks_and_nothing_else(
    passage: str, marks: list[tuple[int, int]]
) -> None:
    marked = str(kip.highlight(passage, marks))
    plain = marked.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in plain
    if "\r" not in passage and "&" not in passage:
        assert unescape(plain) == passage
    assert marked.count("<mark>") == marked.count("</mark>")


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (timedelta(hours=30), "ok", "30 hours left"),
        (timedelta(hours=3), "soon", "3 hours left"),
        (timedelta(minutes=-35), "overdue", "Overdue by 35 min"),
    ],
)
def test_due_says_how_much_time_is_left(left: timedelta, tone: str, words: str) -> None:
    with clock.frozen(NOON), translation.override("en"):
        chip = str(kip.due(NOON + left))
    assert f"due--{tone}" in chip
    assert words in chip
    assert kip.due(NOON, ended=True) == ""


@pytest.mark.parametrize(
    ("back", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
        (timedelta(days=30), "May 13"),
        (timedelta(days=400), "May 8, 2024"),
    ],
)
def test_times_read_as_people_say_them(back: timedelta, words: str) -> None:
    with clock.frozen(NOON), translation.override("en"):
        assert f">{words}</time>" in str(kip.time_ago(NOON - back))


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "5月7日 12:00"), ("zh-hant", "5月7日 12:00"), ("en", "May 7, 12:00")],
)
def test_a_moment_names_the_day_and_the_time_of_day(language: str, words: str) -> None:
    with clock.frozen(NOON), translation.override(language):
        assert kip.moment(NOON - timedelta(days=36)) == words


def test_money_keeps_groups_of_three_in_every_language() -> None:
    for language in ("zh-hans", "zh-hant", "en"):
        with translation.override(language):
            assert kip.money(5_000_000, "CNY") == "¥5,000,000.00"
            assert kip.money(-12.5, "CHF") == "-CHF 12.50"


def test_an_internal_note_cannot_be_mistaken() -> None:
    with translation.override("en"):
        note = render("message", message=samples.message(internal=True))
        visible = render("message", message=samples.message())
    assert "message--note" in note
    assert "Internal note" in note
    assert "message--note" not in visible
    assert "Internal note" not in visible


def test_what_people_write_is_never_markup() -> None:
    hostile = '"><script>alert(1)</script>'
    pages = [
        render("message", message=samples.message(text=hostile, author_name=hostile)),
        render("evidence_card", evidence=samples.evidence(passage=hostile, title=hostile)),
        render("proposal_card", proposal=samples.proposal(text=hostile)),
        render("citation", title=hostile, url="/k", removable=True, value=hostile),
        render("list_row", title=hostile, url="/q", text=hostile, name=hostile, key="k"),
    ]
    assert all("<script>" not in page for page in pages)


def test_a_deleted_message_shows_nothing_of_its_text() -> None:
    assert "大额存单" not in render("message", message=samples.message(deleted=True))


def test_what_the_reader_may_not_do_is_not_offered() -> None:
    with translation.override("en"):
        assert "<form" not in render("proposal_card", proposal=samples.proposal())
        assert "<form" not in render("evidence_card", evidence=samples.evidence())
        assert "Accept" in render("proposal_card", proposal=samples.proposal(), accept_url="/a")


def test_pages_keep_the_filters_of_a_list() -> None:
    request = RequestFactory().get("/workspace/?state=open&page=3")
    context: Any = {"request": request}
    links = kip.pagination(context, samples.context()["page"])
    assert links["previous"] == "?state=open&page=2"
    assert links["next"] == "?state=open&page=4"


def test_a_theme_that_nobody_offers_is_ignored() -> None:
    request = RequestFactory().get("/")
    for cookie, expected in (('"><script>', ""), ("auto", ""), ("dark", ' data-theme="dark"')):
        request.COOKIES["kip_theme"] = cookie
        context: Any = {"request": request}
        assert kip.theme_attribute(context) == expected


@pytest.mark.parametrize("values", [[], [0], [3], [0, 0.4], [7, 12, 46], [100000, 1]])
def test_a_line_chart_stays_inside_its_frame(values: list[float]) -> None:
    drawn = kip_charts.line_chart([(str(at), value) for at, value in enumerate(values)], "Chart")
    assert len(drawn["dots"]) == len(values)
    for dot in drawn["dots"]:
        assert drawn["left"] <= dot["x"] <= drawn["width"]
        assert 0 <= dot["y"] <= drawn["height"]


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_the_style_guide_shows_every_component_in_every_language(language: str) -> None:
    request = RequestFactory().get("/workspace/styleguide/")
    request.user = AnonymousUser()
    with translation.override(language):
        page = render_to_string("portal/styleguide.html", samples.context(), request=request)
    assert f'lang="{kip.HTML_LANGUAGES[language]}"' in page
    assert page.count("<main") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_need_nothing_to_be_shown(code: int) -> None:
    page = render_to_string(f"{code}.html")
    assert str(code) in page
    assert page.count("<h1>") == 1


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_login", "account_reset_password"])
def test_the_doors_stand_in_the_same_frame(client: Client, name: str) -> None:
    page = client.get(reverse(name), headers={"accept-language": "zh-hans"}).content.decode()
    assert 'class="entrance"' in page
    assert page.count("<main") == 1
    assert "登录" in page


@pytest.mark.django_db
def test_a_refused_sign_in_says_so_beside_the_form(client: Client) -> None:
    tried = {"login": "nobody@demo.example", "password": "wrong-password-1"}
    page = client.post(reverse("account_login"), tried).content.decode()
    assert 'class="alert alert--danger"' in page
    assert 'value="nobody@demo.example"' in page
