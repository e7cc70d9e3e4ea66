"""Addresses of the staff workspace, with those of the rooms that open from it."""

from django.urls import URLPattern, path

from portal.research.urls import urlpatterns as research
from portal.shared.personal_urls import urlpatterns as personal
from portal.voices.urls import urlpatterns as voices
from portal.workspace.views import customers, feedback, inbox, knowledge, questions, search, work

app_name = "workspace"

_questions = [
    path("", inbox.inbox, name="inbox"),
    path("questions/", inbox.inbox_list, name="inbox_list"),
    path("questions/<slug:public_id>/", questions.question, name="question"),
    path("questions/<slug:public_id>/status/", questions.question_status, name="question_status"),
    path(
        "questions/<slug:public_id>/knowledge/",
        questions.question_knowledge,
        name="question_knowledge",
    ),
    path("questions/<slug:public_id>/cite/", questions.question_cite, name="question_cite"),
    path("questions/<slug:public_id>/reply/", questions.question_reply, name="question_reply"),
    path(
        "questions/<slug:public_id>/reassign/",
        questions.question_reassign,
        name="question_reassign",
    ),
    path(
        "questions/<slug:public_id>/capture/", questions.question_capture, name="question_capture"
    ),
]
_customers = [
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.customer_new, name="customer_new"),
    path("customers/<slug:public_id>/", customers.customer, name="customer"),
    path("customers/<slug:public_id>/edit/", customers.customer_edit, name="customer_edit"),
    path(
        "customers/<slug:public_id>/note/<slug:what>/",
        customers.customer_note,
        name="customer_note",
    ),
    path(
        "customers/<slug:public_id>/managers/<slug:manager>/end/",
        customers.manager_end,
        name="manager_end",
    ),
    path("co-creations/<slug:public_id>/", customers.co_creation, name="co_creation"),
    path(
        "co-creations/<slug:public_id>/publish/",
        customers.co_creation_publish,
        name="co_creation_publish",
    ),
]
_feedback = [
    path("feedback/", feedback.feedback, name="feedback"),
    path("feedback/<slug:kind>/", feedback.feedback_list, name="feedback_list"),
    path(
        "feedback/<slug:kind>/<slug:public_id>/", feedback.feedback_detail, name="feedback_detail"
    ),
    path(
        "feedback/<slug:kind>/<slug:public_id>/settle/",
        feedback.feedback_settle,
        name="feedback_settle",
    ),
]
_knowledge = [
    path("knowledge/", knowledge.knowledge, name="knowledge"),
    path("knowledge/new/", knowledge.knowledge_new, name="knowledge_new"),
    path("knowledge/review/", knowledge.knowledge_review, name="knowledge_review"),
    path("knowledge/gaps/", knowledge.knowledge_gaps, name="knowledge_gaps"),
    path("knowledge/<slug:public_id>/", knowledge.knowledge_page, name="knowledge_page"),
    path("knowledge/<slug:public_id>/edit/", knowledge.knowledge_edit, name="knowledge_edit"),
    path(
        "knowledge/<slug:public_id>/do/<slug:deed>/", knowledge.knowledge_act, name="knowledge_act"
    ),
]
_search = [
    path("search/", search.search, name="search"),
    path("search/vote/", search.search_vote, name="search_vote"),
    path("palette/", search.palette, name="palette"),
    path("answers/<slug:public_id>/", search.answer, name="answer"),
]
_own = [path("settings/work/", work.work, name="work")]

urlpatterns: list[URLPattern] = [
    *_questions,
    *_customers,
    *_feedback,
    *_knowledge,
    *_search,
    *_own,
    *personal,
    *voices,
    *research,
]
