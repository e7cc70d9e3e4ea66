"""Addresses of one's own things; each room includes them under its own name."""

from django.urls import URLPattern, path

from portal.shared import notices

urlpatterns: list[URLPattern] = [
    path("notifications/", notices.notifications, name="notifications"),
    path("notifications/badge/", notices.badge, name="notifications_badge"),
    path("notifications/read/", notices.read_all, name="notifications_read"),
    path("notifications/<slug:public_id>/", notices.notification, name="notification"),
    path("settings/", notices.personal, name="settings"),
]
