"""The one door for writes about staff: accounts, roles, departments, skills, hours, absences."""

import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from kiplatform.accounts.models import (
    Absence,
    Department,
    Skill,
    StaffProfile,
    User,
    WorkingHours,
)
from kiplatform.accounts.policies import is_administrator
from kiplatform.accounts.roles import Role
from kiplatform.core.choices import Language
from kiplatform.core.errors import InvalidInput, NotAllowed
from kiplatform.core.text import clean_text


def _check_administrates(actor: User) -> None:
    if not is_administrator(actor):
        raise NotAllowed(_("Only administrators can do this."))


def _check_own_or_administrates(actor: User, user: User) -> None:
    if actor.pk != user.pk:
        _check_administrates(actor)


def _valid(row: models.Model) -> None:
    try:
        row.full_clean(validate_unique=True)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(messages[0], code="invalid", field=field) from error


@transaction.atomic
def first_administrator(
    *,
    email: str,
    name: str,
    language: str = Language.ZH_HANS,
    password: str | None = None,
    another: bool = False,
) -> User:
    """Make the administrator of a new installation; whoever runs it decides, so nobody acts.

    :param password: None: they choose one through the link for forgotten passwords.
    :param another: also where there is an administrator, for a company that has lost theirs.
    :raises NotAllowed: there is an administrator already; they make the others.
    :raises InvalidInput: the address is taken or is not one, or the password is too weak.
    """
    if not another and User.objects.filter(is_administrator=True, is_active=True).exists():
        raise NotAllowed(_("There is an administrator already."))
    user = User(
        email=email.lower(),
        name=clean_text(name, field="name", max_length=120, multiline=False),
        kind=User.Kind.STAFF,
        language=language,
        is_administrator=True,
    )
    if password is not None:
        _check_strength(password, user)
    user.set_password(password)
    _valid(user)
    user.save()
    return user


def _check_strength(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages), code="weak", field="password") from error


@transaction.atomic
def department_create(
    *, actor: User, names: Mapping[str, str], parent: Department | None = None
) -> Department:
    """Add a department.

    :param names: the name by language code; "zh-hans" is needed.
    """
    _check_administrates(actor)
    row = Department(
        name_zh_hans=names["zh-hans"],
        name_zh_hant=names.get("zh-hant", ""),
        name_en=names.get("en", ""),
        parent=parent,
    )
    _valid(row)
    row.save()
    return row


@transaction.atomic
def department_head_set(*, actor: User, department: Department, head: User | None) -> None:
    """Name who hears of the department's overdue cases."""
    _check_administrates(actor)
    if head is not None and not (head.is_active and head.is_staff_member):
        raise InvalidInput(_("Only an active staff member can head a department."), field="head")
    department.head = head
    department.save(update_fields=["head"])


@transaction.atomic
def staff_create(
    *,
    actor: User,
    email: str,
    name: str,
    roles: Collection[Role],
    language: str = Language.ZH_HANS,
    department: Department | None = None,
    titles: Mapping[str, str] | None = None,
    languages: Sequence[str] = (),
    case_cap: int = 5,
) -> User:
    """Give a colleague an account, without a password at first.

    :param titles: the job title by language code.
    :param languages: the languages in which they can be asked; empty: their own.
    :param case_cap: most research cases that they take at once, 0 to 50.
    :raises InvalidInput: the e-mail address is taken or is not one.
    """
    _check_administrates(actor)
    user = User(
        email=email.lower(),
        name=clean_text(name, field="name", max_length=120, multiline=False),
        kind=User.Kind.STAFF,
        language=language,
        **{role.column: True for role in roles},
    )
    user.set_unusable_password()
    _valid(user)
    user.save()
    words = titles or {}
    profile = StaffProfile(
        user=user,
        department=department,
        title_zh_hans=words.get("zh-hans", ""),
        title_zh_hant=words.get("zh-hant", ""),
        title_en=words.get("en", ""),
        languages=list(languages) or [language],
        case_cap=case_cap,
    )
    _valid(profile)
    profile.save()
    return user


@transaction.atomic
def roles_set(*, actor: User, user: User, roles: Collection[Role]) -> User:
    """Give a staff member exactly these roles; what they may see changes at once."""
    _check_administrates(actor)
    if not user.is_staff_member and roles:
        raise InvalidInput(_("A portal account never holds a staff role."), field="roles")
    for role in Role:
        setattr(user, role.column, role in roles)
    user.save(update_fields=[role.column for role in Role])
    return user


@transaction.atomic
def user_deactivate(*, actor: User, user: User) -> User:
    """End a person's access at once; what they did stays."""
    _check_administrates(actor)
    if actor.pk == user.pk:
        raise InvalidInput(_("You cannot end your own access."))
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def skill_declare(*, actor: User, user: User, topic: str, level: int) -> Skill:
    """Say on what somebody can be asked; the same topic again changes the level (1 to 3)."""
    _check_own_or_administrates(actor, user)
    words = clean_text(topic, field="topic", max_length=120, multiline=False)
    row = Skill.objects.filter(user=user, topic=words).first() or Skill(user=user, topic=words)
    row.level = level
    _valid(row)
    row.save()
    return row


@transaction.atomic
def working_hours_set(
    *, actor: User, user: User, spans: Collection[tuple[int, time, time]]
) -> None:
    """Set when somebody works: (weekday, from, to), Monday is 0, in their own time zone."""
    _check_own_or_administrates(actor, user)
    WorkingHours.objects.filter(user=user).delete()
    for weekday, start, end in spans:
        row = WorkingHours(user=user, weekday=weekday, start=start, end=end)
        _valid(row)
        row.save()


@transaction.atomic
def absence_add(
    *,
    actor: User,
    user: User,
    starts_on: date,
    ends_on: date,
    substitute: User | None = None,
) -> Absence:
    """Note that somebody is away from one day to another, both included."""
    _check_own_or_administrates(actor, user)
    row = Absence(user=user, starts_on=starts_on, ends_on=ends_on, substitute=substitute)
    _valid(row)
    row.save()
    return row


@transaction.atomic
def language_set(*, actor: User, language: str) -> User:
    """Choose one's own language for pages, notifications and e-mail."""
    if language not in Language.values:
        raise InvalidInput(_("Please choose one of the options."), field="language")
    actor.language = language
    actor.save(update_fields=["language"])
    return actor


@transaction.atomic
def timezone_set(*, actor: User, timezone: str) -> User:
    """Choose one's own time zone for pages, working hours and quiet hours.

    :param timezone: an IANA name such as "Asia/Shanghai".
    """
    if timezone not in zoneinfo.available_timezones() or len(timezone) > 40:
        raise InvalidInput(_("Please choose one of the options."), field="timezone")
    actor.timezone = timezone
    actor.save(update_fields=["timezone"])
    return actor


@transaction.atomic
def skill_remove(*, actor: User, skill: Skill) -> None:
    """Take back that somebody can be asked on a topic."""
    _check_own_or_administrates(actor, skill.user)
    skill.delete()


@transaction.atomic
def absence_remove(*, actor: User, absence: Absence) -> None:
    """Take back an absence: the person is there after all."""
    _check_own_or_administrates(actor, absence.user)
    absence.delete()
