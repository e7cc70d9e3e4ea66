"""Addresses of the customer portal."""

from django.urls import URLPattern, path

from portal.customer.views import about_me, ask, feedback, home, knowledge, questions
from portal.shared import personal_urls

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("ask/", ask.ask, name="ask"),
    path("suggest/", ask.suggest, name="suggest"),
    path("questions/", questions.question_list, name="questions"),
    path("questions/<slug:public_id>/", questions.question, name="question"),
    path("questions/<slug:public_id>/state/", questions.question_state, name="question_state"),
    path(
        "questions/<slug:public_id>/confirm/", questions.question_confirm, name="question_confirm"
    ),
    path("questions/<slug:public_id>/reopen/", questions.question_reopen, name="question_reopen"),
    path(
        "questions/<slug:public_id>/withdraw/",
        questions.question_withdraw,
        name="question_withdraw",
    ),
    path("answers/<slug:public_id>/", questions.answer, name="answer"),
    path("knowledge/", knowledge.knowledge_list, name="knowledge"),
    path("knowledge/<slug:public_id>/", knowledge.knowledge_page, name="knowledge_page"),
    path("knowledge/<slug:public_id>/vote/", knowledge.vote, name="knowledge_vote"),
    path("feedback/", feedback.overview, name="feedback"),
    path("feedback/new/<slug:kind>/", feedback.new, name="feedback_new"),
    path("feedback/<slug:kind>/<slug:public_id>/", feedback.piece, name="feedback_piece"),
    path("about-me/", about_me.overview, name="about_me"),
    path("about-me/basic/", about_me.basic, name="about_me_basic"),
    path("about-me/basic/<slug:field>/", about_me.basic_fact, name="basic_fact"),
    path("about-me/preferences/", about_me.preference_new, name="preference_new"),
    path("about-me/preferences/<slug:public_id>/", about_me.preference, name="preference"),
    path("about-me/made-together/<slug:public_id>/", about_me.consent, name="consent"),
    *personal_urls.urlpatterns,
]
