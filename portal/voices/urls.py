"""Addresses of the voices of customers; they live in the workspace's namespace."""

from django.urls import URLPattern, path

from portal.voices import views

urlpatterns: list[URLPattern] = [
    path("voices/", views.voices, name="voices"),
    path("voices/<slug:kind>/<slug:public_id>/", views.voice, name="voice"),
]
