"""Bases of the project's tables: a public id, the times, and names in three languages."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kiplatform.core import clock
from kiplatform.core.ids import LENGTH, new_public_id


class BaseModel(models.Model):
    """A row that the outside world may name.

    `public_id` is stable and unguessable; pages, frames, events and exports use it, never the key.
    """

    public_id = models.CharField(
        max_length=LENGTH, unique=True, default=new_public_id, editable=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: object, **kwargs: object) -> None:
        self.updated_at = clock.now()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "updated_at"}  # type: ignore[misc]
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class TranslatedName(models.Model):
    """A name that an administrator writes in the platform's three languages."""

    name_zh_hans = models.CharField(_("name (simplified Chinese)"), max_length=120)
    name_zh_hant = models.CharField(_("name (traditional Chinese)"), max_length=120, blank=True)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language, or in simplified Chinese where that is not written."""
        return self.name_in(get_language() or "")

    def name_in(self, language: str) -> str:
        """Return the name in `language`, or in simplified Chinese where that is not written."""
        return getattr(self, "name_" + language.replace("-", "_"), "") or self.name_zh_hans
