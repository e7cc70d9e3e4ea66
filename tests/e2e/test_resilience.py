"""What goes wrong on the way: sessions end, networks fail, people click twice, scripts are off."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from customer_knowledge.models import Message, Question
from customer_knowledge.services import message_post
from kiplatform.accounts.models import User
from tests.e2e.bank import CHINESE_CUSTOMER, ENGLISH_CUSTOMER, MANAGER, WAITING
from tests.e2e.pages import last_part, message, say, send_question, type_question
from tests.e2e.site import Site


@pytest.fixture(autouse=True)
def closed_contexts(browser: Browser) -> Iterator[None]:
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def waiting(site: Site) -> Question:
    """The question that waits for an answer."""
    return Question.objects.get(text=WAITING)


@pytest.fixture
def customer(site: Site, browser: Browser) -> Page:
    return site.person(browser, ENGLISH_CUSTOMER, language="en")


def end_session(page: Page) -> None:
    """End the session of the page's person on the server."""
    key = next(c["value"] for c in page.context.cookies() if c["name"] == "sessionid")
    assert Session.objects.filter(session_key=key).delete()[0] == 1


def test_a_question_outlives_the_session_in_which_it_was_typed(site: Site, customer: Page) -> None:
    text = "Can I move my appointment on Friday to next week?"
    type_question(customer, text)
    end_session(customer)
    customer.locator("label.choice-card").first.click()
    customer.locator("#ask-form .form__actions button[type=submit]").click()
    expect(customer.locator("#session-ended")).to_be_visible()
    expect(customer.locator("#session-ended")).to_contain_text("Your session has ended")
    expect(customer.locator("#id_text")).to_have_value(text)
    link = customer.locator("#session-ended [data-login-link]").get_attribute("href")
    assert link == "/accounts/login/?next=%2Fportal%2Fask%2F"
    assert not Question.objects.filter(text=text).exists()
    site.sign_in(customer.context, ENGLISH_CUSTOMER)
    customer.goto("/portal/ask/")
    expect(customer.locator("#id_text")).to_have_value(text)
    send_question(customer)
    assert Question.objects.filter(text=text).count() == 1
    customer.goto("/portal/ask/")
    expect(customer.locator("#id_text")).to_have_value("")


def test_a_message_outlives_the_session_too(site: Site, customer: Page, waiting: Question) -> None:
    text = "I forgot to say that it is a transfer in Canadian dollars."
    customer.goto(f"/portal/questions/{waiting.public_id}/")
    end_session(customer)
    say(customer, text)
    expect(customer.locator("#session-ended")).to_be_visible()
    expect(customer.locator(".message[data-state=failed]")).to_contain_text(text)
    site.sign_in(customer.context, ENGLISH_CUSTOMER)
    customer.reload()
    customer.locator(".message[data-state=failed] button").click()
    expect(message(customer, text)).to_have_count(1)
    expect(customer.locator(".message[data-pending]")).to_have_count(0)
    assert Message.objects.filter(text=text).count() == 1


def test_a_double_click_asks_once(customer: Page) -> None:
    text = "Does the branch at West Lake have a wheelchair ramp?"
    type_question(customer, text)
    customer.locator("label.choice-card").first.click()
    customer.locator("#ask-form .form__actions button[type=submit]").dblclick()
    customer.wait_for_url(re.compile(r"/portal/questions/\w+/"))
    expect(message(customer, text)).to_be_visible()
    assert Question.objects.filter(text=text).count() == 1


def test_what_is_sent_offline_arrives_once_when_the_network_is_back(
    customer: Page, waiting: Question
) -> None:
    texts = ["Are you still there?", "I am on a train, the network comes and goes."]
    customer.goto(f"/portal/questions/{waiting.public_id}/")
    customer.context.set_offline(True)
    for text in texts:
        say(customer, text)
    expect(customer.locator(".message[data-state=failed]")).to_have_count(2)
    assert not Message.objects.filter(text__in=texts).exists()
    customer.context.set_offline(False)
    for text in texts:
        expect(message(customer, text)).to_have_count(1)
    expect(customer.locator(".message[data-pending]")).to_have_count(0)
    assert Message.objects.filter(text__in=texts).count() == 2


def test_a_message_whose_answer_was_lost_is_not_stored_twice(
    customer: Page, waiting: Question
) -> None:
    text = "Please send the confirmation by e-mail as well."
    customer.goto(f"/portal/questions/{waiting.public_id}/")

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            assert route.fetch().ok
            route.abort()
        else:
            route.continue_()

    customer.route("**/messages/**", lose_the_answer)
    say(customer, text)
    # The server has it: the live update puts it into the place of what seemed lost.
    expect(message(customer, text)).to_have_count(1)
    expect(customer.locator(".message[data-pending]")).to_have_count(0)
    customer.unroute("**/messages/**")
    customer.reload()
    expect(message(customer, text)).to_have_count(1)
    expect(customer.locator(".message[data-pending]")).to_have_count(0)
    assert Message.objects.filter(text=text).count() == 1


def test_a_page_without_its_websocket_asks_from_time_to_time(
    customer: Page, waiting: Question
) -> None:
    text = "Two working days; you choose who pays."
    refused = []

    def refuse(socket: WebSocketRoute) -> None:
        refused.append(socket.url)
        socket.close()

    customer.route_web_socket("**/ws/", refuse)
    customer.clock.install()
    customer.goto(f"/portal/questions/{waiting.public_id}/")
    customer.clock.run_for(5_000)
    expect(customer.locator("[data-live-status]")).to_be_visible()
    assert waiting.thread is not None
    manager = User.objects.get(email=MANAGER)
    message_post(actor=manager, thread=waiting.thread, text=text, client_id="polled")
    assert message(customer, text).count() == 0
    customer.clock.run_for(20_000)
    expect(message(customer, text)).to_be_visible()
    assert refused


def test_a_question_is_asked_answered_and_confirmed_without_scripts(
    site: Site, browser: Browser
) -> None:
    text = "我想把定期存款的到期处理改成转活期，在哪里改？"
    plain = {"java_script_enabled": False}
    customer = site.person(browser, CHINESE_CUSTOMER, **plain)
    manager = site.person(browser, MANAGER, **plain)
    customer.goto("/portal/ask/")
    customer.locator("#id_text").fill(text)
    send_question(customer)
    question = last_part(customer)
    manager.goto("/workspace/")
    manager.locator("#inbox-list a").filter(has_text=text[:12]).click()
    reply = manager.locator("form.reply")
    reply.locator("[name=text]").fill("手机银行「我的存款」里可以改，到期前一天都行。")
    reply.locator("[name=uncited_reason]").fill("操作问题")
    reply.locator("button[type=submit]").click()
    expect(manager.locator(".message--answer")).to_contain_text("手机银行")
    customer.reload()
    expect(customer.locator(".message--answer")).to_contain_text("手机银行")
    customer.locator("form[action$='/confirm/'] button").click()
    expect(customer.locator("form[action$='/reopen/']")).to_be_attached()
    assert Question.objects.get(public_id=question).state == "confirmed"
    # An empty form is refused in place, with words.
    customer.goto("/portal/ask/")
    customer.locator("#ask-form .form__actions button[type=submit]").click()
    expect(customer.locator(".field__errors, .form-errors, [role=alert]").first).to_be_visible()


@pytest.mark.parametrize(
    ("language", "lang", "title"),
    [("en", "en", "Sign in"), ("zh-hant", "zh-Hant", "登入"), ("zh-hans", "zh-Hans", "登录")],
)
def test_the_language_is_chosen_on_the_page_and_stays(
    site: Site, browser: Browser, language: str, lang: str, title: str
) -> None:
    page = site.visitor(browser, language="en" if language != "en" else "zh-hans")
    page.goto("/accounts/login/")
    page.locator(f"button[name=language][value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", lang)
    expect(page).to_have_title(re.compile(title))
    site.sign_in(page.context, CHINESE_CUSTOMER)
    page.goto("/portal/")
    expect(page.locator("html")).to_have_attribute("lang", lang)


def test_the_chosen_appearance_stays_and_the_server_knows_it(site: Site, browser: Browser) -> None:
    page = site.visitor(browser, color_scheme="light")
    page.goto("/accounts/login/")
    light = page.evaluate("getComputedStyle(document.body).color")
    page.locator("[data-theme-choice=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).color") != light
    site.sign_in(page.context, CHINESE_CUSTOMER)
    page.goto("/portal/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert 'data-theme="dark"' in page.request.get("/portal/").text()
