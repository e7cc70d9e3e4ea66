"""The demo company's threads and cases tell possible stories: order, people, states and rights.

A contact is never shown what staff alone may see, and a research case does not name the customer.
"""

from __future__ import annotations

import pytest

from tests.demo.content import (
    CASES,
    EXCHANGES,
    FOR_CONTACTS,
    PAST,
    QUESTIONS,
    Item,
    cases,
    customer_of,
    families,
    live_for_contacts,
    pages,
    questions,
    staff,
    when,
)

each_question = pytest.mark.parametrize(
    "question", QUESTIONS, ids=[question["id"] for question in QUESTIONS]
)
each_case = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


each_past = pytest.mark.parametrize("past", PAST, ids=[past["id"] for past in PAST])


def cited(reference: str) -> list[Item]:
    return families.get(reference) or [pages[reference]]


@each_question
def test_a_thread_is_written_by_the_customer_and_its_manager_in_order(question: Item) -> None:
    customer = customer_of[question["contact"]]
    own = {contact["id"] for contact in customer["contacts"]}
    last = when(question, before=True)
    for message in question["messages"]:
        if message.get("internal"):
            assert message["by"] in staff
        else:
            assert message["by"] in own | {customer["manager"]}
        assert when(message) >= last
        last = when(message)
    assert question["days_ago"] >= 1
    assert 0 <= question["hour"] <= 23
    if answer := question.get("answer"):
        assert answer["by"] == customer["manager"]
        assert when(answer) >= when(question)


@each_question
def test_a_question_has_what_its_state_needs(question: Item) -> None:
    state = question["state"]
    answered = state in ("answered", "confirmed", "reopened")
    case = cases.get(question.get("via_case", ""))
    assert answered == ("answer" in question or case is not None)
    assert not ("answer" in question and case is not None)
    assert (state == "deflected") == ("deflected_by" in question)
    if case is not None:
        assert case["question"] == question["id"]
        assert case["state"] in ("resolved", "captured")
    if state in ("confirmed", "reopened"):
        answer = question["answer"] if case is None else cases[question["via_case"]]["resolution"]
        replies = [m for m in question["messages"] if m["by"] in customer_of]
        assert replies
        assert when(replies[-1]) > when(answer)


@each_question
def test_answers_cite_only_what_the_customer_may_read(question: Item) -> None:
    if "deflected_by" in question:
        assert question["deflected_by"] in live_for_contacts
    answer = question.get("answer")
    if answer is None:
        return
    assert bool(answer["cites"]) != bool(answer.get("uncited_reason"))
    for reference in answer["cites"]:
        assert {page["id"] for page in cited(reference)} & live_for_contacts, reference


def test_six_questions_were_asked_in_both_languages() -> None:
    pairs = {frozenset((q["id"], q["same_as"])) for q in QUESTIONS if "same_as" in q}
    assert len(pairs) >= 6
    for pair in pairs:
        first, second = (questions[key] for key in pair)
        assert first["same_as"] == second["id"]
        assert second["same_as"] == first["id"]
        assert (first["language"] == "en") != (second["language"] == "en")
        assert first["contact"] != second["contact"]


def test_some_answers_had_nothing_to_cite_and_some_questions_wait() -> None:
    assert sum("uncited_reason" in q.get("answer", {}) for q in QUESTIONS) >= 2
    waiting = [q for q in QUESTIONS if q["state"] == "open"]
    assert len(waiting) >= 6
    assert min(q["days_ago"] for q in waiting) == 1


def test_comments_are_by_contacts_and_co_creations_by_both_sides() -> None:
    for kind in ("product_comments", "market_comments", "complaints", "suggestions"):
        assert {item["contact"] for item in EXCHANGES[kind]} <= set(customer_of)
    for item in EXCHANGES["complaints"] + EXCHANGES["suggestions"]:
        done = item["state"] in ("resolved", "rejected", "accepted")
        assert done == ("remedy" in item), item["subject"]
    for item in EXCHANGES["co_creations"]:
        people = set(item["contributors"])
        assert people & set(staff)
        assert people & set(customer_of)
        assert people <= set(staff) | set(customer_of)
        origin = questions[item["from"]]
        assert origin["contact"] in people
        assert item["days_ago"] <= origin["days_ago"]
        assert item["consent"] or not item["published"]


@each_case
def test_only_those_who_joined_a_case_work_in_it(case: Item) -> None:
    replies = {invitation["staff"]: invitation for invitation in case["invitations"]}
    assert len(replies) == len(case["invitations"])
    assert case["manager"] not in replies
    joined = {key for key, invitation in replies.items() if invitation["reply"] == "accepted"}
    assert {message["by"] for message in case["messages"]} <= joined | {case["manager"]}
    for invitation in case["invitations"]:
        assert ("decline_reason" in invitation) == (invitation["reply"] == "declined")
        assert invitation.get("suggested") != invitation["staff"]
    for proposal in case["proposals"]:
        others = set(proposal["endorsements"]) | {o["by"] for o in proposal["objections"]}
        assert proposal["by"] in joined
        assert others <= joined - {proposal["by"]}
        assert all(cited(reference) for reference in proposal["cites"])


@each_case
def test_a_case_has_what_its_state_needs(case: Item) -> None:
    state = case["state"]
    replies = [invitation["reply"] for invitation in case["invitations"]]
    accepted = [proposal for proposal in case["proposals"] if proposal.get("accepted")]
    assert ("question" in case) != ("need" in case)
    assert ("resolution" in case) == (state in ("resolved", "captured")) == (len(accepted) == 1)
    assert ("capture" in case) == (state == "captured") == ("paraphrases" in case)
    assert ("gap" in case) == (state == "unanswerable")
    assert (state == "asking") == ("accepted" not in replies)
    if state == "asking":
        assert "pending" in replies
    if state in ("proposed", "resolved", "captured"):
        assert case["proposals"]


@each_case
def test_a_case_runs_forward_in_time_and_judges_pages_its_manager_may_see(case: Item) -> None:
    opened = (-case["opened_days_ago"], case["opened_hour"])
    if "question" in case:
        question = questions[case["question"]]
        assert customer_of[question["contact"]]["manager"] == case["manager"]
        assert opened >= when(question)
        if "resolution" in case:
            assert case["resolution"]["language"] == question["language"]
    times = [opened, *(when(message) for message in case["messages"])]
    times += [when(case["resolution"])] if "resolution" in case else []
    times += [when(case["capture"])] if "capture" in case else []
    assert times == sorted(times)
    department = staff[case["manager"]]["department"]
    for evidence in case["evidence"]:
        page = pages[evidence["page"]]
        assert page["state"] == "live"
        assert evidence["verdict"] in ("fits", "not")
        assert page["audience"] != "department" or page["department"] == department


@each_case
def test_the_customer_stays_masked_in_the_discussion(case: Item) -> None:
    if "question" not in case:
        return
    customer = customer_of[questions[case["question"]]["contact"]]
    names = {customer["name"], *(contact["name"] for contact in customer["contacts"])}
    words = {part for name in names for part in name.split() if len(part) > 1} | names
    said = [m["text"] for m in case["messages"]] + [p["text"] for p in case["proposals"]]
    for text in said:
        assert not [word for word in words if word in text], text


def test_captured_cases_can_be_found_again_in_other_words() -> None:
    captured = [case for case in CASES if case["state"] == "captured"]
    assert len(captured) >= 2
    for case in captured:
        capture = case["capture"]
        assert capture["id"] not in pages
        assert capture["audience"] in FOR_CONTACTS
        languages = [paraphrase["language"] for paraphrase in case["paraphrases"]]
        assert sum(lang == "en" for lang in languages) >= 2
        assert sum(lang != "en" for lang in languages) >= 2


@each_past
def test_a_past_case_is_answered_by_colleagues_who_can_be_asked_and_is_long_over(
    past: Item,
) -> None:
    helpers = [past[key] for key in ("by", "also") if key in past]
    assert len({past["manager"], *helpers}) == 1 + len(helpers)
    for helper in helpers:
        assert set(staff[helper]["roles"]) - {"administrator"}, helper
    assert 30 <= past["days_ago"] <= 540
    assert 8 <= past["hour"] <= 18
    assert 1 <= past.get("took", 1) <= 48


def test_in_the_past_several_colleagues_knew_of_everything_and_responsibilities_moved() -> None:
    assert len(PAST) >= 110
    assert len({past["by"] for past in PAST}) >= 13
    for product in ("anbo-credit", "steady-deposit", "spring-annuity", "tonghui-fx"):
        answered = [past["by"] for past in PAST if past.get("product") == product]
        assert len(set(answered)) >= 2, product
