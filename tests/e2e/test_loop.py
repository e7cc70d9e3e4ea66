"""The loop of a question, walked by several people at once in real browsers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from customer_knowledge.models import Question
from kiplatform.accounts.models import User
from kiplatform.events.models import Delivery
from search.models import Passage
from tests.e2e.bank import (
    CHINESE_CUSTOMER,
    COLLEAGUE,
    EDITOR,
    ENGLISH_CUSTOMER,
    MANAGER,
)
from tests.e2e.pages import (
    SUGGESTION,
    expect_no_reload,
    fill_and_send,
    last_part,
    mark,
    message,
    say,
    send_question,
    suggested,
    type_question,
    wait_live,
)
from tests.e2e.site import Site
from tests.servers.processes import wait_until


@dataclass(frozen=True)
class Story:
    """Who asks what, in which language, and how the next customer puts it in the other one."""

    interface: str
    asker: str
    question: str
    known: str
    known_title: str
    answer: str
    title: str
    body: str
    next_asker: str
    paraphrase: str


STORIES = (
    Story(
        interface="zh-hans",
        asker=CHINESE_CUSTOMER,
        known="定期存款提前支取要扣多少利息？",
        known_title="Early withdrawal of a term deposit",
        question="我的三年定期质押给贵行开了履约保函，保函没到期，这笔存款能先取一部分吗？",
        answer="质押期间不能支取。可以换一笔同等金额的存款做质押，原存单解押以后再取。",
        title="质押开立保函的定期存款：期间能不能支取",
        body="已经质押开立保函的定期存款，在保函到期或注销前不能支取。客户可以申请换押。",
        next_asker=ENGLISH_CUSTOMER,
        paraphrase="My term deposit is pledged as security for a bank guarantee. "
        "Can I take money out of it?",
    ),
    Story(
        interface="en",
        asker=ENGLISH_CUSTOMER,
        known="What does a safe deposit box cost per year?",
        known_title="保管箱",
        question="I will be abroad for a year. Can my daughter open my safe deposit box with "
        "a power of attorney signed before a notary in Canada?",
        answer="Yes. The notarised power of attorney needs an apostille, and your daughter comes "
        "to the branch once with her passport to be registered.",
        title="Opening a safe deposit box with a power of attorney signed abroad",
        body="A representative may open the box with a notarised power of attorney. Signed abroad "
        "it needs an apostille. The representative is registered at the branch once.",
        next_asker=CHINESE_CUSTOMER,
        paraphrase="我人在国外，能不能写委托书公证以后让女儿去开我的保管箱？",
    ),
)
JOURNEY = (
    "question.asked",
    "case.opened",
    "invitation.sent",
    "invitation.answered",
    "proposal.made",
    "question.answered",
    "case.captured",
    "knowledge.published",
)


@dataclass
class People:
    """The browsers of the people of a story, all open at once."""

    site: Site
    browser: Browser
    story: Story

    def enter(self, email: str) -> Page:
        return self.site.person(self.browser, email, language=self.story.interface)


@pytest.fixture(params=STORIES, ids=[story.interface for story in STORIES])
def people(request: pytest.FixtureRequest, site: Site, browser: Browser) -> Iterator[People]:
    yield People(site, browser, request.param)
    for context in browser.contexts:
        context.close()


def test_a_question_travels_from_one_customer_to_the_next(people: People) -> None:
    story = people.story
    customer, manager, colleague = (
        people.enter(email) for email in (story.asker, MANAGER, COLLEAGUE)
    )
    manager.goto("/workspace/")
    wait_live(manager)
    mark(manager)
    question = ask_what_is_not_known(customer, story)
    case = open_case_on_what_arrives(manager, story)
    invite_while_they_watch(manager, colleague, case)
    talk(manager, colleague, story)
    propose_and_release(manager, colleague, customer, story)
    keep(manager, people.enter(EDITOR), story)
    find_it_as_the_next_customer(people)
    expect_one_trace(people.site, question)


def ask_what_is_not_known(customer: Page, story: Story) -> str:
    """A page in the other language is suggested while typing, but it is not what is asked."""
    type_question(customer, story.known)
    expect(suggested(customer, story.known_title)).to_be_visible()
    type_question(customer, story.question)
    expect(customer.locator("#suggestions > *").first).to_be_visible()
    question = send_question(customer)
    expect(message(customer, story.question)).to_be_visible()
    wait_live(customer)
    mark(customer)
    return question


def open_case_on_what_arrives(manager: Page, story: Story) -> str:
    """The question comes into the open inbox by itself; one key opens a case."""
    row = manager.locator("#inbox-list a").filter(has_text=story.question[:20])
    expect(row).to_be_visible()
    expect_no_reload(manager)
    row.click()
    expect(message(manager, story.question)).to_be_visible()
    manager.wait_for_load_state()  # The question can be read before the keys work.
    manager.keyboard.press("Alt+r")
    manager.wait_for_url(re.compile(r"/workspace/cases/\w+/$"))
    return last_part(manager)


def invite_while_they_watch(manager: Page, colleague: Page, case: str) -> None:
    """The invitation reaches the colleague's bell, and leads into the case."""
    colleague.goto("/workspace/knowledge/")
    wait_live(colleague)
    mark(colleague)
    before = unread(colleague)
    manager.locator("main a[href$='/ask/']").click()
    expect(manager.locator("input[name=expert]")).not_to_have_count(0)
    for box in manager.locator("input[name=expert]").all():
        box.uncheck()
    for name in ("唐磊", "许安琪"):
        manager.locator("label").filter(has_text=name).click()
    manager.locator("main form button.button--primary").click()
    manager.wait_for_url(f"**/workspace/cases/{case}/")
    wait_until(lambda: unread(colleague) > before, what="the bell counts one more")
    expect_no_reload(colleague)
    colleague.locator("details:has(#notification-badge) > summary").click()
    colleague.locator(".notifications .notification--unread").first.click()
    colleague.wait_for_url(f"**/workspace/cases/{case}/")
    colleague.locator("form[action$='/accept/'] button").first.click()
    expect(colleague.locator("form[data-thread-form]")).to_be_visible()


def unread(page: Page) -> int:
    badge = page.locator("#notification-badge .count")
    return int(re.sub(r"\D", "", badge.text_content() or "0")) if badge.count() else 0


def talk(manager: Page, colleague: Page, story: Story) -> None:
    """Messages appear in both browsers, and who types is shown to the other."""
    for page in (manager, colleague):
        wait_live(page)
        mark(page)
    colleague.locator("form[data-thread-form] textarea").press_sequentially("这", delay=10)
    expect(manager.locator("[data-typing-for]")).to_have_attribute("data-active", "")
    say(colleague, f"我处理过一次，资料在我这里。{story.interface}")
    expect(message(manager, "我处理过一次")).to_be_visible()
    say(manager, "太好了，客户等着答复。")
    expect(message(colleague, "客户等着答复")).to_be_visible()
    expect(message(colleague, "我处理过一次")).to_have_count(1)
    # The customer's identity stays masked from colleagues until the manager unmasks it.
    name = User.objects.get(email=story.asker).name
    assert name not in colleague.content()
    assert name in manager.content()
    expect_no_reload(manager)
    expect_no_reload(colleague)


def propose_and_release(manager: Page, colleague: Page, customer: Page, story: Story) -> None:
    """The proposal appears before the manager, the answer before the customer."""
    colleague.locator("main a[href$='/propose/']").click()
    fill_and_send(colleague, text=story.answer)
    proposal = manager.locator("article.proposal").filter(has_text=story.answer)
    expect(proposal).to_be_visible()
    expect_no_reload(manager)
    proposal.locator("a[href*='/accept/']").click()
    fill_and_send(manager)
    manager.wait_for_url("**/release/")
    fill_and_send(manager, text=story.answer)
    manager.wait_for_url("**/capture/")
    expect(customer.locator(".message--answer").filter(has_text=story.answer)).to_be_visible()
    expect(customer.locator("form[action$='/confirm/']")).to_be_visible()
    expect_no_reload(customer)
    assert "客户等着答复" not in customer.content()
    customer.locator("form[action$='/confirm/'] button").click()
    expect(customer.locator("form[action$='/reopen/']")).to_be_attached()


def keep(manager: Page, editor: Page, story: Story) -> None:
    """The manager hands the answer to the editors as a draft, and an editor publishes it."""
    fill_and_send(
        manager,
        title=story.title,
        summary=story.answer,
        body=story.body,
        audience="customers",
    )
    manager.wait_for_url(re.compile(r"/workspace/cases/\w+/$"))
    editor.goto("/workspace/knowledge/review/")
    editor.locator("main a").filter(has_text=story.title).first.click()
    editor.locator(
        "form[action$='/do/publish/'] button[type=submit], form[action$='/do/publish/'] button"
    ).last.click()
    expect(editor.locator("form[action$='/do/archive/']")).to_be_attached()
    wait_until(is_quiet, what="the new page is in the index, with its vectors")


def is_quiet() -> bool:
    """Whether every event has been handled and every passage has its vector."""
    late = Passage.objects.filter(vector__isnull=True, generation__state="live")
    return not Delivery.objects.filter(done_at=None).exists() and not late.exists()


def find_it_as_the_next_customer(people: People) -> None:
    """In other words and the other language it is among the first three, and ends the question."""
    story = people.story
    customer = people.enter(story.next_asker)
    type_question(customer, story.paraphrase)
    hit = suggested(customer, story.title)
    expect(hit).to_be_visible()
    assert customer.locator(SUGGESTION).count() <= 3
    hit.locator("button[name=hit]").click()
    customer.wait_for_url(re.compile(r"/portal/questions/\w+/"))
    question = Question.objects.get(public_id=last_part(customer))
    assert (question.state, question.text) == ("deflected", story.paraphrase)


def expect_one_trace(site: Site, question: str) -> None:
    """One trace id runs through all of it, and the journey can be printed."""
    printed = site.manage("trace", question)
    first, *lines = printed.splitlines()
    assert first.startswith("trace " + Question.objects.get(public_id=question).trace_id)
    told = [name for line in lines for name in JOURNEY if f"  {name} " in line]
    assert list(dict.fromkeys(told)) == list(JOURNEY), printed
    assert "WAITING" not in printed
