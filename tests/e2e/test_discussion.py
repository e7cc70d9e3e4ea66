"""A discussion between two browsers: replies, mentions, reactions and read marks, live."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from customer_knowledge.models import Question
from kiplatform.accounts.models import User
from qa_center.models import ResearchCase
from tests.e2e.bank import CASE, COLLEAGUE, MANAGER, OTHER_MANAGER, WAITING
from tests.e2e.pages import expect_no_reload, mark, message, say, wait_live
from tests.e2e.site import Site


@pytest.fixture(autouse=True)
def closed_contexts(browser: Browser) -> Iterator[None]:
    """Close every page after its test: one that stays open goes on reading."""
    yield
    for context in browser.contexts:
        context.close()


@dataclass(frozen=True)
class Two:
    manager: Page
    colleague: Page


@pytest.fixture
def two(site: Site, browser: Browser) -> Two:
    """The manager and a colleague, both with the case before them and live."""
    pages: list[Page] = []
    for email in (MANAGER, COLLEAGUE):
        page = site.person(browser, email)
        page.goto("/workspace/cases/?show=running")
        page.locator("main .rows a").filter(has_text=CASE[:12]).click()
        page.wait_for_url(re.compile(r"/workspace/cases/\w{16}/"))
        wait_live(page)
        mark(page)
        pages.append(page)
    return Two(*pages)


def the_case() -> ResearchCase:
    return ResearchCase.objects.get(text=CASE)


def name_of(email: str) -> str:
    return User.objects.get(email=email).name


def test_a_reply_quotes_and_leads_to_what_it_answers(two: Two) -> None:
    say(two.manager, "受益人移居后要补什么材料？")
    asked = message(two.colleague, "受益人移居后要补什么材料？")
    asked.hover()
    asked.locator("[data-reply-to]").click()
    bar = two.colleague.locator("[data-reply]")
    expect(bar).to_contain_text("受益人移居后要补什么材料？")
    say(two.colleague, "要税务身份声明。")
    expect(bar).to_be_hidden()
    answer = message(two.manager, "要税务身份声明。")
    expect(answer.locator(".message__reply")).to_contain_text("受益人移居后要补什么材料？")
    answer.locator(".message__reply").click()
    expect(two.manager).to_have_url(re.compile(r"#message-\w+$"))
    # Taken back before it is sent, nothing is replied to.
    asked.first.locator("[data-reply-to]").click()
    two.colleague.locator("[data-reply-cancel]").click()
    say(two.colleague, "另外，汇款路径要重新核对。")
    expect(message(two.manager, "另外，汇款路径要重新核对。")).to_be_visible()
    expect(
        message(two.manager, "另外，汇款路径要重新核对。").locator(".message__reply")
    ).to_have_count(0)
    expect_no_reload(two.colleague)


def test_at_offers_people_and_who_is_mentioned_hears_of_it(two: Two) -> None:
    area = two.manager.locator("#composer textarea")
    area.click()
    area.press_sequentially("@")
    offer = two.manager.locator(".mention-list [role=option]")
    expect(offer.filter(has_text=name_of(COLLEAGUE))).to_be_visible()
    area.press_sequentially(name_of(COLLEAGUE)[0])
    area.press("Enter")
    expect(area).to_have_value(f"@{name_of(COLLEAGUE)} ")
    area.press_sequentially("请看这里")
    area.press("Control+Enter")
    named = message(two.colleague, "请看这里").locator(".mention--me")
    expect(named).to_have_text(f"@{name_of(COLLEAGUE)}")
    # A name that was taken out of the text again is not mentioned.
    area.press_sequentially(f"@{name_of(COLLEAGUE)[0]}")
    area.press("Enter")
    area.fill("不提了")
    area.press("Control+Enter")
    expect(message(two.colleague, "不提了").locator(".mention")).to_have_count(0)
    two.colleague.goto("/workspace/notifications/")
    link = two.colleague.locator(".rows a").filter(has_text=name_of(MANAGER)).first
    link.click()
    expect(two.colleague).to_have_url(re.compile(r"/workspace/cases/\w+/#message-\w+$"))
    place = two.colleague.url.partition("#")[2]
    expect(two.colleague.locator(f"#{place}")).to_contain_text("请看这里")


def test_reactions_are_set_taken_back_and_seen_by_the_others(two: Two) -> None:
    say(two.colleague, "可以先做一次路径核对。")
    theirs = message(two.manager, "可以先做一次路径核对。")
    theirs.hover()
    theirs.locator("details[data-menu] > summary").click()
    theirs.locator(".react-menu button").first.click()
    chip = message(two.manager, "可以先做一次路径核对。").locator("button.reaction")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_be_visible()
    own = message(two.colleague, "可以先做一次路径核对。")
    expect(own.locator(".reaction")).to_contain_text(name_of(MANAGER))
    chip.press("Enter")
    expect(own.locator(".reaction")).to_have_count(0)
    expect_no_reload(two.manager)
    expect_no_reload(two.colleague)


def test_who_has_read_is_followed_and_what_a_hidden_page_takes_in_is_new(two: Two) -> None:
    readers = two.manager.locator("#thread-readers")
    hidden = "() => Object.defineProperty(document, 'hidden', {value: true, configurable: true})"
    two.colleague.evaluate(hidden)
    say(two.manager, "这条还没有人看。")
    expect(message(two.colleague, "这条还没有人看。")).to_be_attached()
    before = two.colleague.locator("#thread-list .thread__unread + .message")
    expect(before).to_contain_text("这条还没有人看。")
    expect(readers).to_contain_text(re.compile(f"{name_of(COLLEAGUE)}.*已读至"))
    two.colleague.evaluate(
        "() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')) }"
    )
    expect(readers).to_contain_text(f"{name_of(COLLEAGUE)}已读")
    expect_no_reload(two.manager)


def test_after_a_send_the_next_message_begins_empty(site: Site, browser: Browser) -> None:
    page = site.person(browser, MANAGER)
    page.goto(f"/workspace/questions/{Question.objects.get(text=WAITING).public_id}/")
    wait_live(page)
    form = page.locator("#composer")
    form.locator("textarea").fill("先问")
    form.locator("[name=uncited_reason]").fill("只与这位客户有关")
    form.locator("[name=capture]").check()
    form.locator("label", has=page.locator("[value=internal]")).click()
    say(page, "先问一下运营。")
    expect(message(page, "先问一下运营。")).to_be_visible()
    expect(form.locator("[name=uncited_reason]")).to_have_value("")
    expect(form.locator("[name=capture]")).not_to_be_checked()
    # Who sees the next one stays as it was chosen: a second note must not go to the customer.
    expect(form.locator("[value=internal]")).to_be_checked()


def test_without_scripts_all_of_it_works(site: Site, browser: Browser) -> None:
    page = site.visitor(browser, java_script_enabled=False)
    site.sign_in(page.context, MANAGER)
    page.goto(f"/workspace/cases/{the_case().public_id}/")
    page.locator("#composer [data-mentions] > summary").click()
    page.locator(f"#composer label:has-text('{name_of(COLLEAGUE)}')").click()
    page.locator("#composer textarea").fill("没有脚本")
    page.locator("#composer button[type=submit]").click()
    sent = message(page, "没有脚本")
    expect(sent.locator(".mention")).to_have_text(f"@{name_of(COLLEAGUE)}")
    sent.locator("[data-reply-to]").click()
    expect(page.locator("[data-reply]")).to_contain_text("没有脚本")
    page.locator("#composer textarea").fill("也能回复")
    page.locator("#composer button[type=submit]").click()
    expect(message(page, "也能回复").locator(".message__reply")).to_contain_text("没有脚本")
    expect(page.locator("#thread-readers")).to_be_visible()


@pytest.mark.parametrize(
    "text",
    [
        "受益人移民了，信托分配还能汇到境外吗？",
        "If the beneficiary of a family trust moves abroad, can distributions still be remitted "
        "as arranged?",
    ],
)
def test_a_running_case_is_found_by_meaning_in_either_language(
    site: Site, browser: Browser, text: str
) -> None:
    case = the_case()
    page = site.person(browser, MANAGER)
    page.goto("/workspace/cases/open/")
    page.locator("#id_text").fill(text)
    page.locator("main form[data-draft] button[type=submit]").click()
    near = page.locator(f".alert a[href='/workspace/cases/{case.public_id}/']")
    expect(near).to_be_visible()
    assert not ResearchCase.objects.filter(text=text).exists()


def test_who_does_not_see_a_running_case_learns_nothing_of_it(site: Site, browser: Browser) -> None:
    case = the_case()
    other = site.person(browser, OTHER_MANAGER)
    other.goto("/workspace/cases/open/")
    other.locator("#id_text").fill("受益人移民了，信托分配还能汇到境外吗？")
    other.locator("main form[data-draft] button[type=submit]").click()
    other.wait_for_url(re.compile(r"/workspace/cases/\w{16}/"))
    assert case.public_id not in other.content()
