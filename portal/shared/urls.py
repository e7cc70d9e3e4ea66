"""Addresses that both sides share."""

from django.urls import path

from portal.shared import demo_accounts, thread_views, views

app_name = "shared"
urlpatterns = [
    path("", views.start, name="start"),
    # Before allauth's own, which stays the name that everybody reverses.
    path("accounts/login/", demo_accounts.login, name="login"),
    path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in"),
    path("files/<slug:public_id>/", views.attachment, name="attachment"),
    path(
        "threads/<slug:public_id>/messages/", thread_views.thread_messages, name="thread_messages"
    ),
    path("threads/<slug:public_id>/readers/", thread_views.thread_readers, name="thread_readers"),
    path("messages/<slug:public_id>/react/", thread_views.message_react, name="message_react"),
    path("messages/<slug:public_id>/edit/", thread_views.message_edit, name="message_edit"),
    path("messages/<slug:public_id>/delete/", thread_views.message_delete, name="message_delete"),
]
