"""The roles that a staff member can hold; a person may hold several."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Staff roles of domain.md; each is a column of User, so that the database can check them."""

    SALES_MANAGER = "sales_manager", _("Sales manager")
    COLLEAGUE = "colleague", _("Colleague")
    PRODUCT_TEAM = "product_team", _("Product team")
    KNOWLEDGE_EDITOR = "knowledge_editor", _("Knowledge editor")
    ADMINISTRATOR = "administrator", _("Administrator")

    @property
    def column(self) -> str:
        """The User field that says whether a person holds this role."""
        return f"is_{self.value}"
