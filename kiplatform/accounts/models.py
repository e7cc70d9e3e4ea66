"""People who sign in, and what routing knows of staff: department, skills, hours, absences.

A portal account never holds a staff role: a check constraint of the User table guarantees it.
"""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kiplatform.accounts.roles import Role
from kiplatform.core.choices import Language
from kiplatform.core.models import BaseModel, TranslatedName

HOLDS_A_ROLE = Q()
for _role in Role:
    HOLDS_A_ROLE |= Q(**{_role.column: True})


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> "UserQuerySet":
        return self.filter(is_active=True)

    def staff_members(self) -> "UserQuerySet":
        return self.filter(kind=User.Kind.STAFF)

    def with_role(self, role: Role) -> "UserQuerySet":
        return self.active().filter(**{role.column: True})

    def visible_to(self, viewer: object) -> "UserQuerySet":
        """Staff see staff; a contact sees nobody here (its managers come with its customer)."""
        if isinstance(viewer, User) and viewer.is_active and viewer.is_staff_member:
            return self.staff_members()
        if isinstance(viewer, User) and viewer.is_active:
            return self.filter(pk=viewer.pk)
        return self.none()


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        defaults: dict[str, object] = {
            "kind": User.Kind.STAFF,
            "is_administrator": True,
            "is_superuser": True,
            "name": email.partition("@")[0],
        }
        return self.create_user(email, password, **(defaults | fields))

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(BaseModel, AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail: a staff member, or a contact of a customer."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("Staff")
        CONTACT = "contact", _("Contact")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    language = models.CharField(
        _("language"), max_length=8, choices=Language.choices, default=Language.ZH_HANS
    )
    timezone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_sales_manager = models.BooleanField(_("sales manager"), default=False)
    is_colleague = models.BooleanField(_("colleague"), default=False)
    is_product_team = models.BooleanField(_("product team"), default=False)
    is_knowledge_editor = models.BooleanField(_("knowledge editor"), default=False)
    is_administrator = models.BooleanField(_("administrator"), default=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(
                condition=Q(kind="staff")
                | (Q(kind="contact") & ~HOLDS_A_ROLE & Q(is_superuser=False)),
                name="user_contact_holds_no_staff_role",
            ),
        ]
        indexes = [models.Index(fields=["kind", "is_active"], name="user_kind_active")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_staff_member(self) -> bool:
        return self.kind == self.Kind.STAFF

    @property
    def is_contact(self) -> bool:
        return self.kind == self.Kind.CONTACT

    @property
    def is_staff(self) -> bool:
        """Django's word for "may open the admin": administrators only."""
        return self.is_administrator and self.is_active

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """An administrator may do everything that Django's and Wagtail's admin offer."""
        return self.is_staff or super().has_perm(perm, obj)  # type: ignore[arg-type]

    def has_module_perms(self, app_label: str) -> bool:
        """An administrator sees every part of the admin."""
        return self.is_staff or super().has_module_perms(app_label)

    @property
    def roles(self) -> frozenset[Role]:
        """The staff roles that this person holds; empty for a contact."""
        return frozenset(role for role in Role if getattr(self, role.column))

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Department(BaseModel, TranslatedName):
    """A part of the company; its head is the next to hear of an overdue case."""

    head = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="departments_headed"
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                name="department_is_not_its_own_parent",
            )
        ]


class StaffProfile(BaseModel):
    """What routing knows of a staff member."""

    user = models.OneToOneField(User, models.CASCADE, related_name="staff_profile")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="members"
    )
    title_zh_hans = models.CharField(_("title (simplified Chinese)"), max_length=120, blank=True)
    title_zh_hant = models.CharField(_("title (traditional Chinese)"), max_length=120, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    languages = models.JSONField(_("languages"), default=list)
    case_cap = models.PositiveSmallIntegerField(
        _("most open research cases at once"), default=5, validators=[MaxValueValidator(50)]
    )

    def __str__(self) -> str:
        return self.user.name


class Skill(BaseModel):
    """A topic on which a staff member says that they can be asked."""

    user = models.ForeignKey(User, models.CASCADE, related_name="skills")
    topic = models.CharField(_("topic"), max_length=120)
    level = models.PositiveSmallIntegerField(
        _("level"), validators=[MinValueValidator(1), MaxValueValidator(3)]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "topic"], name="skill_once_per_person"),
            models.CheckConstraint(condition=Q(level__range=(1, 3)), name="skill_level_1_to_3"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ({self.level})"


class WorkingHours(models.Model):
    """One span of a weekday, in the person's own time zone."""

    user = models.ForeignKey(User, models.CASCADE, related_name="working_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday (0 is Monday)"))
    start = models.TimeField(_("from"))
    end = models.TimeField(_("to"))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="hours_weekday"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="hours_start_before_end"),
            models.UniqueConstraint(fields=["user", "weekday", "start"], name="hours_once"),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start:%H:%M}-{self.end:%H:%M}"


class Absence(BaseModel):
    """Days on which a staff member is away, both ends included."""

    user = models.ForeignKey(User, models.CASCADE, related_name="absences")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    substitute = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="substitutions"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__lte=F("ends_on")), name="absence_starts_before_it_ends"
            )
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} - {self.ends_on}"
