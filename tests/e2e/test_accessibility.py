"""Every main page: axe finds nothing, nothing sticks out, nothing is asked of another site.

Each page is looked at in both languages, narrow and wide, light and dark: (narrow, light) and
(wide, dark) in Chinese, the other two in English. What opens on a page is looked at as well.
"""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from customer_knowledge.models import Complaint, Customer, Question
from manager_knowledge.models import KnowledgePage
from qa_center.models import Proposal, ResearchCase
from tests.e2e.bank import (
    ADMINISTRATOR,
    ANSWERED,
    CHINESE_CUSTOMER,
    COLLEAGUE,
    EDITOR,
    MANAGER,
    PRODUCT_TEAM,
    SECOND_COLLEAGUE,
    WAITING,
)
from tests.e2e.pages import SUGGESTION, message, say, type_question
from tests.e2e.site import Site

NARROW, WIDE = {"width": 360, "height": 800}, {"width": 1440, "height": 900}
LOOKS = {
    "zh-hans": ((NARROW, "light"), (WIDE, "dark")),
    "en": ((NARROW, "dark"), (WIDE, "light")),
}
AXE = Axe()
# What ends may begin something else: a child takes over the colour that its parent has reached.
SETTLE = """async () => {
  const ends = (animation) => Number.isFinite(animation.effect.getComputedTiming().endTime);
  for (let frames = 0, quiet = 0; quiet < 4 && frames < 200; frames++) {
    await new Promise((drawn) => requestAnimationFrame(drawn));
    const moving = document.getAnimations().filter(
      (animation) => animation.playState !== "finished" && ends(animation));
    for (const animation of moving) animation.finish();
    const swapping = document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling");
    quiet = moving.length || swapping ? 0 : quiet + 1;
  }
}"""


def question(text: str) -> Callable[[], str]:
    return lambda: Question.objects.get(text=text).public_id


def the_case() -> str:
    return ResearchCase.objects.get().public_id


def a_page() -> str:
    return KnowledgePage.objects.filter(title__contains="保管箱").get().public_id


def the_customer() -> str:
    return Customer.objects.get(name="陈桂兰").public_id


# (who, address, what fills its {})
Row = tuple[str, str, Callable[[], str] | None]
PAGES: list[Row] = [
    ("", "/accounts/login/", None),
    (CHINESE_CUSTOMER, "/portal/", None),
    (CHINESE_CUSTOMER, "/portal/ask/", None),
    (CHINESE_CUSTOMER, "/portal/questions/", None),
    (CHINESE_CUSTOMER, "/portal/questions/{}/", question(ANSWERED)),
    (CHINESE_CUSTOMER, "/portal/knowledge/", None),
    (CHINESE_CUSTOMER, "/portal/knowledge/{}/", a_page),
    (CHINESE_CUSTOMER, "/portal/feedback/", None),
    (CHINESE_CUSTOMER, "/portal/feedback/new/productcomment/", None),
    (CHINESE_CUSTOMER, "/portal/about-me/", None),
    (CHINESE_CUSTOMER, "/portal/about-me/basic/", None),
    (CHINESE_CUSTOMER, "/portal/notifications/", None),
    (CHINESE_CUSTOMER, "/portal/settings/", None),
    (MANAGER, "/workspace/", None),
    (MANAGER, "/workspace/questions/{}/", question(WAITING)),
    (MANAGER, "/workspace/customers/", None),
    (MANAGER, "/workspace/customers/new/", None),
    (MANAGER, "/workspace/customers/{}/", the_customer),
    (MANAGER, "/workspace/customers/{}/edit/", the_customer),
    (MANAGER, "/workspace/feedback/", None),
    (MANAGER, "/workspace/feedback/complaint/{}/", lambda: Complaint.objects.get().public_id),
    (MANAGER, "/workspace/search/?q=保管箱", None),
    (MANAGER, "/workspace/knowledge/", None),
    (MANAGER, "/workspace/knowledge/{}/", a_page),
    (MANAGER, "/workspace/cases/", None),
    (MANAGER, "/workspace/cases/{}/", the_case),
    (MANAGER, "/workspace/cases/open/", None),
    (MANAGER, "/workspace/cases/{}/accept/", the_case),
    (MANAGER, "/workspace/cases/{}/invite/", the_case),
    (MANAGER, "/workspace/cases/{}/close/", the_case),
    (MANAGER, "/workspace/cases/{}/merge/", the_case),
    (MANAGER, "/workspace/cases/{}/postpone/", the_case),
    (COLLEAGUE, "/workspace/cases/{}/", the_case),
    (COLLEAGUE, "/workspace/cases/{}/propose/", the_case),
    (MANAGER, "/workspace/settings/", None),
    (MANAGER, "/workspace/settings/work/", None),
    (SECOND_COLLEAGUE, "/workspace/invitations/", None),
    (EDITOR, "/workspace/knowledge/review/", None),
    (EDITOR, "/workspace/knowledge/new/?type=business&language=en", None),
    (EDITOR, "/workspace/knowledge/{}/edit/", a_page),
    (PRODUCT_TEAM, "/workspace/voices/", None),
    (ADMINISTRATOR, "/workspace/knowledge/gaps/", None),
]


class Eyes:
    """A browser page that writes down what it should not have done."""

    def __init__(self, page: Page, site: Site) -> None:
        self.page = page
        self.faults: list[str] = []
        home = urlsplit(site.url).netloc
        page.on("request", lambda request: self._same_site(home, request.url))
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", lambda line: self._console(line.type, line.text))
        page.on("response", lambda answer: self._answer(answer.status, answer.url))

    def _same_site(self, home: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != home:
            self.faults.append(f"asked another site: {url}")

    def _console(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.faults.append(f"console {kind}: {text}")

    def _answer(self, status: int, url: str) -> None:
        if status >= 400:
            self.faults.append(f"{status}: {url}")

    def look(self, what: str) -> None:
        """Note what axe finds, and what sticks out to the side."""
        # A colour on its way from one appearance to the other is nobody's colour.
        self.page.evaluate(SETTLE)
        found: dict[str, Any] = AXE.run(self.page).response
        for violation in found["violations"]:
            for node in violation["nodes"]:
                target = " ".join(map(str, node["target"]))
                self.faults.append(f"{what}: {violation['id']}: {target}: {node['html'][:160]}")
        over = self.page.evaluate(
            "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
        )
        if over > 0:
            self.faults.append(f"{what}: {over} px stick out")

    def look_both_ways(self, what: str, language: str) -> None:
        for size, scheme in LOOKS[language]:
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            self.page.emulate_media(color_scheme=scheme)
            self.look(f"{what} [{language} {size['width']} {scheme}]")


@pytest.fixture(autouse=True)
def closed_contexts(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


def eyes_of(site: Site, browser: Browser, email: str, language: str) -> Eyes:
    """Open a page as this person, who watches for faults from the first request on."""
    page = site.visitor(browser, language=language, reduced_motion="reduce")
    eyes = Eyes(page, site)
    if email:
        site.sign_in(page.context, email)
    return eyes


@pytest.mark.parametrize("language", list(LOOKS))
@pytest.mark.parametrize("email", list(dict.fromkeys(row[0] for row in PAGES)))
def test_every_page_of_a_person_is_without_fault(
    site: Site, browser: Browser, email: str, language: str
) -> None:
    eyes = eyes_of(site, browser, email, language)
    for who, path, fill in PAGES:
        if who != email:
            continue
        address = path.format(fill()) if fill else path
        answer = eyes.page.goto(address)
        assert answer is not None
        assert answer.status == 200, f"{address}: {answer.status}"
        expect(eyes.page.locator(".skeleton:visible")).to_have_count(0)
        eyes.look_both_ways(path, language)
    assert eyes.faults == []


@pytest.mark.parametrize("language", list(LOOKS))
def test_a_discussion_with_all_its_marks_is_without_fault(
    site: Site, browser: Browser, language: str
) -> None:
    room = f"/workspace/cases/{the_case()}/"
    colleague = site.person(browser, COLLEAGUE)
    colleague.goto(room)
    say(colleague, f"要先核对汇款路径（{language}）。")
    expect(message(colleague, f"（{language}）")).to_be_visible()
    eyes = eyes_of(site, browser, MANAGER, language)
    eyes.page.goto(room)
    theirs = message(eyes.page, f"（{language}）")
    theirs.locator("details[data-menu] > summary").click()
    eyes.look_both_ways("reactions offered", language)
    theirs.locator(".react-menu button").first.click()
    expect(theirs.locator(".reaction")).to_be_visible()
    theirs.locator("[data-reply-to]").click()
    eyes.page.locator("#composer textarea").press_sequentially("@")
    expect(eyes.page.locator(".mention-list [role=option]").first).to_be_visible()
    eyes.look_both_ways("a reply with a mention", language)
    eyes.page.locator("#composer textarea").press("Enter")
    eyes.page.locator("#composer [data-mentions] > summary").click()
    eyes.look_both_ways("people to mention", language)
    assert eyes.faults == []


@pytest.mark.parametrize("language", list(LOOKS))
def test_what_asks_much_the_same_is_shown_without_fault(
    site: Site, browser: Browser, language: str
) -> None:
    eyes = eyes_of(site, browser, MANAGER, language)
    eyes.page.goto("/workspace/cases/open/")
    eyes.page.locator("#id_text").fill(ResearchCase.objects.get().text)
    eyes.page.locator("#main .form__actions button[type=submit]").click()
    expect(eyes.page.locator(f"a[href*='{the_case()}']").first).to_be_visible()
    eyes.look_both_ways("near cases", language)
    assert eyes.faults == []


@pytest.mark.parametrize("language", list(LOOKS))
def test_suggestions_and_refusals_are_without_fault(
    site: Site, browser: Browser, language: str
) -> None:
    eyes = eyes_of(site, browser, CHINESE_CUSTOMER, language)
    type_question(eyes.page, "定期存款提前支取要扣多少利息？")
    expect(eyes.page.locator(SUGGESTION).first).to_be_visible()
    eyes.look_both_ways("suggestions", language)
    eyes.page.locator("#suggestions summary").first.click()
    expect(eyes.page.locator("#suggestions details[open] .skeleton")).to_have_count(0)
    eyes.look_both_ways("suggestion opened", language)
    eyes.page.locator("#ask-form .form__actions button[type=submit]").click()
    expect(eyes.page.locator("#ask-form .field__errors").first).to_be_visible()
    eyes.look_both_ways("refused", language)
    assert [fault for fault in eyes.faults if "422" not in fault] == []


@pytest.mark.parametrize("language", list(LOOKS))
def test_what_opens_over_the_workspace_is_without_fault(
    site: Site, browser: Browser, language: str
) -> None:
    eyes = eyes_of(site, browser, MANAGER, language)
    page = eyes.page
    page.goto("/workspace/knowledge/")
    page.locator("details:has(#notification-badge) > summary").click()
    expect(page.locator(".notifications .notification").first).to_be_visible()
    eyes.look_both_ways("bell", language)
    page.keyboard.press("Escape")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    page.locator("[data-drawer-open]").click()
    expect(page.locator("#sidebar")).to_be_in_viewport()
    eyes.look("drawer")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("保管箱")
    expect(page.locator("#palette [data-palette-results] [role=option]").first).to_be_visible()
    eyes.look_both_ways("palette", language)
    assert eyes.faults == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
@pytest.mark.parametrize(
    ("email", "path"),
    [("", "/accounts/login/"), (CHINESE_CUSTOMER, "/portal/ask/"), (MANAGER, "/workspace/")],
)
def test_where_people_begin_is_without_fault_in_every_look(
    site: Site, browser: Browser, email: str, path: str, language: str, scheme: str
) -> None:
    eyes = eyes_of(site, browser, email, language)
    eyes.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    eyes.page.goto(path)
    for size in (NARROW, WIDE):
        eyes.page.set_viewport_size(size)  # type: ignore[arg-type]
        eyes.look(f"{path} {size['width']}")
    assert eyes.faults == []


def test_the_keyboard_alone_asks_a_question(site: Site, browser: Browser) -> None:
    page = site.person(browser, CHINESE_CUSTOMER)
    page.goto("/portal/ask/")
    reach(page, "#id_text")
    page.keyboard.insert_text("可以用键盘提问吗？我的鼠标坏了。")
    reach(page, "input[name=kind]")
    page.keyboard.press("Space")
    reach(page, "#ask-form .form__actions button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/portal/questions/*/")
    reach(page, "form[data-thread-form] textarea")
    page.keyboard.insert_text("补充一句：我在家。")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread-list .message:not([data-pending])")).to_have_count(2)


def test_the_keyboard_alone_answers_a_question(site: Site, browser: Browser) -> None:
    page = site.person(browser, MANAGER)
    waiting = Question.objects.get(text=WAITING)
    page.goto(f"/workspace/questions/{waiting.public_id}/")
    reach(page, "#reply-text", most=80)
    page.goto("/workspace/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("Alt+j")
    page.wait_for_url("**/workspace/questions/*/**")


def reach(page: Page, selector: str, most: int = 40) -> None:
    """Press Tab until the focus is on what `selector` names; it must be visible there."""
    for _step in range(most):
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            expect(page.locator(":focus")).to_be_in_viewport()
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached with {most} times Tab")


def test_no_case_page_hides_its_proposal(site: Site) -> None:
    """The list above looks at a case with something in it."""
    assert Proposal.objects.filter(case=ResearchCase.objects.get()).exists()
