"""Forms to add somebody and to change what they may do."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from consent.models import School
from privacy_portal.ground.accounts.roles import SCHOOL_ROLES, Role
from privacy_portal.ground.ui import fields
from privacy_portal.people import rules
from privacy_portal.people.rules import Person

TWO_PEOPLE = "A second person must agree."
# What each role is for, beside its checkbox.
HINTS = {
    Role.SCHOOL_STAFF: "Enters paper opt-outs, prints letters and imports the roll of their own schools.",
    Role.SCHOOL_HEAD_OF_DATA: "As school staff. Also adds and deactivates school staff at their own schools.",
    Role.NOTICE_EDITOR: "Writes privacy notices. Sees no pupils.",
    Role.NOTICE_PUBLISHER: "Publishes privacy notices that somebody else wrote. Sees no pupils.",
    Role.OFFICER: "Works with agreements, releases and records of all schools.",
    Role.APPROVING_OFFICER: "Approves releases that another officer asked for, and agrees to roles.",
    Role.PROTECTED_RECORDS_OFFICER: "Sees where protected pupils live.",
    Role.AUDITOR: "Reads what council officers see. Changes nothing.",
    Role.ADMINISTRATOR: "Adds people and gives them roles. Sees no pupils.",
}


# So many schools are ticked in a list; more are typed.
MOST_TICKED = 20


class SchoolsField(fields.LinesField):
    """Schools, one on each line, by name or URN; the value is their URNs."""

    def __init__(self, schools: Collection[School], **more: Any):
        super().__init__("Schools", required=False, spellcheck=False, **more)
        self.urns = {name.casefold(): row.urn for row in schools for name in (row.name, row.urn)}

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else "\n".join(value)

    def clean(self, value: Any) -> Any:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if unknown := [line for line in lines if line.casefold() not in self.urns]:
            names = ", ".join(f"‘{line[:60]}’" for line in unknown[:3])
            raise ValidationError(f"{names}: no school has this name or URN")
        return sorted({self.urns[line.casefold()] for line in lines})


class _RolesFields(forms.Form):
    """Roles, and the schools of school staff."""

    roles = fields.CheckboxesField("Roles", missing="Select a role")
    schools = fields.CheckboxesField(
        "Schools", hint="For school staff only: where they work.", required=False
    )

    def __init__(self, *args: Any, keeper: Person, schools: Collection[School], **kwargs: Any):
        may_give, by_two = rules.may_give(keeper), rules.by_two_people(keeper)
        super().__init__(*args, **kwargs)
        roles: fields.CheckboxesField = self.fields["roles"]  # type: ignore[assignment]
        roles.choices = [(role.value, role.label) for role in may_give]
        roles.hints = {
            role.value: f"{HINTS[role]} {TWO_PEOPLE if role in by_two else ''}".strip()
            for role in may_give
        }
        if not set(may_give) & set(SCHOOL_ROLES) or not schools:
            del self.fields["schools"]
        elif len(schools) > MOST_TICKED:
            hint = "For school staff only: the name or URN of each school, one on each line."
            self.fields["schools"] = SchoolsField(schools, hint=hint)
        else:
            choices = [(school.urn, f"{school.name} ({school.urn})") for school in schools]
            self.fields["schools"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        roles = [Role(value) for value in data.get("roles") or []]
        data["roles"], data["schools"] = roles, data.get("schools") or []
        if roles and (fault := rules.fault_in_roles(roles)):
            self.add_error("roles", fault)
        elif roles and (fault := rules.fault_in_schools(roles, data["schools"])):
            self.add_error("schools" if "schools" in self.fields else "roles", fault)
        return data


class PersonForm(_RolesFields):
    """Somebody new."""

    name = fields.TextField("Full name", missing="Enter their full name", max_length=200)
    email = fields.EmailField(
        "Work email address",
        hint="We email them a link to set their password.",
        missing="Enter their work email address",
        max_length=254,
        width=20,
    )
    field_order = ("name", "email", "roles", "schools")


class RolesForm(_RolesFields):
    """Other roles or schools."""


class NameForm(forms.Form):
    """Another name."""

    name = fields.TextField("Full name", missing="Enter their full name", max_length=200)
