"""Addresses that both sides share."""

from django.urls import path

from portal.shared import views

app_name = "shared"
urlpatterns = [
    path("", views.start, name="start"),
    path("demo/sign-in/", views.demo_sign_in, name="demo_sign_in"),
    path("files/<slug:public_id>/", views.attachment, name="attachment"),
]
