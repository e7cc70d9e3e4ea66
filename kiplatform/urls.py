"""The addresses of the site, by room."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from django.views.i18n import set_language
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from kiplatform.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("portal.shared.urls")),
    path("portal/", include("portal.customer.urls")),
    path("workspace/", include("portal.workspace.urls")),
    path("api/", api.urls),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/set/", set_language, name="set_language"),
    # One sign-in page and one way to a new password, with their limits and second factors.
    path("cms/login/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    re_path(r"^cms/password_reset/", RedirectView.as_view(pattern_name="account_reset_password")),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
]
