"""What may stand in a page: every text cleaned, every choice a known one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from kiplatform.accounts.models import Department
from kiplatform.core.errors import InvalidInput
from kiplatform.core.text import clean_text
from manager_knowledge.choices import Audience
from manager_knowledge.models import (
    BusinessKnowledge,
    ProductKnowledge,
    ServiceKnowledge,
)

PAGE_MODELS: dict[str, Any] = {
    model.knowledge_type.value: model
    for model in (ProductKnowledge, BusinessKnowledge, ServiceKnowledge)
}
STEP_LIMITS = {"who": 120, "what": 2000, "documents": 2000, "time": 120}
MAX_STEPS = 40


def chosen(choices: type[models.TextChoices], value: str, *, field: str) -> str:
    """Return `value` if it is one of `choices`; InvalidInput otherwise."""
    if value not in choices.values:
        raise InvalidInput(_("Please choose one of the options."), code="choice", field=field)
    return str(value)


def clean_title(value: str) -> str:
    """Return a title of one line and at most 255 characters."""
    return clean_text(value, field="title", max_length=255, multiline=False)


def clean_summary(value: str) -> str:
    """Return a summary of at most 600 characters."""
    return clean_text(value, field="summary", max_length=600)


def clean_body(value: str) -> str:
    """Return a body of at most 20,000 characters; it may be empty."""
    return clean_text(value, field="body", required=False)


def clean_asked_as(value: str) -> str:
    """Return questions, one on each line, at most 2,000 characters; there may be none."""
    return clean_text(value, field="asked_as", max_length=2000, required=False)


def reach(audience: str, department: Department | None) -> dict[str, Any]:
    """Return audience and department; InvalidInput unless one fits the other."""
    audience = chosen(Audience, audience, field="audience")
    if (audience == Audience.DEPARTMENT) != (department is not None):
        raise InvalidInput(
            _("Choose a department if, and only if, the page is for one department."),
            code="department",
            field="department",
        )
    return {"audience": audience, "department": department}


def clean_fields(model: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the type's own `fields`, cleaned; InvalidInput for one that the type does not have."""
    unknown = set(fields) - set(model.text_fields)
    if unknown:
        raise InvalidInput(
            _("This type of knowledge has no such field."),
            code="unknown_field",
            field=min(unknown),
        )
    return {name: _clean_field(model, name, value) for name, value in fields.items()}


def _clean_field(model: Any, name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    try:
        if isinstance(field, models.CharField | models.TextField):
            value = clean_text(
                str(value or ""),
                field=name,
                max_length=field.max_length or 4000,
                required=False,
                multiline=isinstance(field, models.TextField),
            )
        return field.clean(value, None)
    except ValidationError as error:
        raise InvalidInput(error.messages[0], code="invalid", field=name) from error


def clean_steps(model: Any, steps: Sequence[Mapping[str, str]]) -> list[Any]:
    """Return the rows of a process in the order given; who and what are required in each.

    :raises InvalidInput: the type has no process, a step lacks something, or there are over 40.
    """
    if not steps:
        return []
    if not hasattr(model, "steps") or len(steps) > MAX_STEPS:
        raise InvalidInput(
            _("This type of knowledge takes at most %(limit)d steps.")
            % {"limit": MAX_STEPS if hasattr(model, "steps") else 0},
            code="steps",
            field="steps",
        )
    row_model = model._meta.get_field("steps").related_model
    return [
        row_model(
            sort_order=order,
            **{
                name: clean_text(
                    str(step.get(name, "")),
                    field="steps",
                    max_length=limit,
                    required=name in {"who", "what"},
                    multiline=limit > 120,
                )
                for name, limit in STEP_LIMITS.items()
            },
        )
        for order, step in enumerate(steps)
    ]
