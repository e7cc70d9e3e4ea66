"""The sign-in page, which in the demo first offers one person of each role with one click.

Guarantee: outside the demo profile the page names nobody.
"""

from typing import Any, NamedTuple

from allauth.account.views import LoginView
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kiplatform.accounts.models import User


class DemoRole(NamedTuple):
    """Who stands for a role in the demo company, and what one can try as them."""

    email: str
    role: str | Promise
    text: str | Promise


ROLES = (
    DemoRole(
        "chen.guilan@example.com",
        _("Customer (Chinese)"),
        _("ask a question, follow its answer"),
    ),
    DemoRole(
        "emily.carter@example.com",
        _("Customer (English)"),
        _("find what others asked in Chinese"),
    ),
    DemoRole(
        "shen.ruoqing@qihu.example.com",
        _("Sales manager"),
        _("answer, or open a research case"),
    ),
    DemoRole(
        "tang.lei@qihu.example.com",
        _("Colleague"),
        _("accept an invitation, propose an answer"),
    ),
    DemoRole("priya.raman@qihu.example.com", _("Product team"), _("read the voices of customers")),
    DemoRole(
        "claire.donnelly@qihu.example.com", _("Knowledge editor"), _("review and publish knowledge")
    ),
    DemoRole("wu.guangming@qihu.example.com", _("Administrator"), _("set up people and roles")),
)
EMAILS = frozenset(role.email for role in ROLES)


def demo_accounts() -> list[dict[str, Any]]:
    """Return the people of `ROLES` who can be signed in with one click; none outside the demo."""
    if not settings.DEMO:
        return []
    people = {user.email: user for user in User.objects.active().filter(email__in=EMAILS)}
    return [
        {
            "email": role.email,
            "name": people[role.email].name,
            "role": role.role,
            "text": role.text,
            "key": people[role.email].public_id,
        }
        for role in ROLES
        if role.email in people and not people[role.email].has_usable_password()
    ]


class DemoLoginView(LoginView):
    """allauth's sign-in page with the demo's people beside the form."""

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        """Return allauth's form without placeholders, which only repeat the labels."""
        form = super().get_form(*args, **kwargs)
        for field in form.fields.values():
            field.widget.attrs.pop("placeholder", None)
        form.fields["login"].label = _("E-mail")
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"demo_accounts": demo_accounts()}


login = DemoLoginView.as_view()
