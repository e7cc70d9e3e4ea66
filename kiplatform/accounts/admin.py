"""Administration of people: who may sign in, with which roles, in which department.

What a form changes goes through the services, so the rules hold here as everywhere.
"""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.http import HttpRequest

from kiplatform.accounts import services
from kiplatform.accounts.models import Absence, Department, Skill, StaffProfile, User, WorkingHours
from kiplatform.accounts.roles import Role

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class ProfileInline(admin.StackedInline):
    model = StaffProfile
    extra = 0
    max_num = 1
    exclude = ("languages",)


class SkillInline(admin.TabularInline):
    model = Skill
    extra = 0


class HoursInline(admin.TabularInline):
    model = WorkingHours
    extra = 0


class AbsenceInline(admin.TabularInline):
    model = Absence
    fk_name = "user"
    extra = 0


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """Staff are added here; contacts come with their customers and are only looked at."""

    list_display = ("name", "email", "kind", "is_active", *(role.column for role in Role))
    list_filter = ("kind", "is_active", *(role.column for role in Role))
    search_fields = ("name", "email")
    ordering = ("name",)
    fields = ("email", "name", "language", "timezone", "is_active", *(r.column for r in Role))
    inlines = (ProfileInline, SkillInline, HoursInline, AbsenceInline)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted: access ends, what they did stays."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A contact holds no role, so none is offered."""
        if obj is not None and obj.is_contact:
            return ("email", *(role.column for role in Role))
        return ()

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """What routing knows is asked of staff alone, once they exist."""
        return list(self.inlines) if obj is not None and obj.is_staff_member else []

    def save_model(
        self, request: HttpRequest, obj: User, form: forms.ModelForm[User], change: bool
    ) -> None:
        """Add staff and set roles through the services."""
        actor: Any = request.user
        roles = [role for role in Role if form.cleaned_data.get(role.column)]
        if not change:
            made = services.staff_create(
                actor=actor, email=obj.email, name=obj.name, roles=roles, language=obj.language
            )
            obj.pk = made.pk
            return
        super().save_model(request, obj, form, change)
        if obj.is_staff_member:
            services.roles_set(actor=actor, user=obj, roles=roles)


@admin.register(Department)
class DepartmentAdmin(admin.ModelAdmin):
    list_display = ("name_zh_hans", "name_en", "head", "parent")
    search_fields = ("name_zh_hans", "name_en")
    autocomplete_fields = ("head", "parent")
