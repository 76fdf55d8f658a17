"""Forms for organisations, information, purposes, opt-outs and privacy notices, and which form is whose."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from consent.policy_format import SchemePart
from notices.models import Audience
from notices.policy_file.format import (
    ItemPart,
    NoticePart,
    PurposePart,
    RecipientPart,
)
from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.forms import choose
from sharing.models import PolicyChange
from sharing.policy.council_forms import CouncilForm, LettersForm, NumbersForm, SchoolForm
from sharing.policy.presenters import Names
from sharing.policy.thing_form import NOBODY, Lines, ThingForm, Website
from sharing.policy_rules import ThingPart

Kind = PolicyChange.Kind


class OrganisationForm(ThingForm):
    """An organisation, when it opened and closed, who took over its work, and its group."""

    kind = Kind.ORGANISATION
    name = fields.TextField("Name", missing="Enter the name", max_length=200)
    type = fields.TextField("Type", hint="Such as Health", max_length=200)
    website = Website()
    address = fields.TextField("Address", max_length=500)
    opened = DayField(
        "First day it was open", hint="Leave blank if you do not know", what="First day"
    )
    closed = DayField(
        "Day it closes",
        hint="The first day on which nothing can be shared with it. Leave blank if it stays open.",
        what="Day it closes",
    )
    successor = fields.SelectField(
        "Who takes over its work", hint="It needs its own agreement.", required=False
    )
    group = fields.TextField(
        "Group",
        hint="A parent company, or one team that works with the data of several organisations. The same "
        "words make one group.",
        max_length=100,
    )

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        values = super().initial_of(part)
        values["type"] = values.pop("kind")
        return values

    def choose_from(self, names: Names) -> None:
        own = getattr(self.part, "code", None)
        others = [(code, name) for code, name in names.organisations.items() if code != own]
        choose(self, "successor", [NOBODY, *others])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        opened, closed = data.get("opened"), data.get("closed")
        if opened and closed and opened >= closed:
            self.add_error("closed", "Day it closes must be after the first day it was open")
        return data

    def build(self, values: dict[str, Any]) -> ThingPart:
        values["kind"] = values.pop("type")
        values["successor"] = values["successor"] or None
        return RecipientPart(**values)


class ItemForm(ThingForm):
    """A kind of information and the column headings it is known by."""

    kind = Kind.ITEM
    named_by = "label"
    label = fields.TextField(
        "Name", hint="As families read it, such as Date of birth", missing="Enter the name",
        max_length=200,
    )  # fmt: skip
    audience = fields.RadiosField(
        "Whom is it about?", missing="Select whom it is about", choices=Audience.choices
    )
    headings = Lines(
        "Column headings",
        hint="What the column is called in files, one on each line. Capitals and extra spaces make no "
        "difference.",
        missing="Enter at least one column heading",
        rows=5,
        spellcheck=False,
    )
    identifying = fields.CheckboxField(
        "It identifies someone, such as a name or UPN", required=False
    )
    special_category = fields.CheckboxField(
        "It is a special category, such as health or ethnicity", required=False
    )
    locating = fields.CheckboxField(
        "It tells where someone lives or can be reached", required=False
    )

    def clean_headings(self) -> list[str]:
        headings: list[str] = self.cleaned_data["headings"]
        if not headings:
            raise ValidationError("Enter at least one column heading")
        if long := next((text for text in headings if len(text) > 200), None):
            raise ValidationError(f"“{long[:40]}…” must be 200 characters or fewer")
        return headings

    def build(self, values: dict[str, Any]) -> ThingPart:
        return ItemPart(**values)


class PurposeForm(ThingForm):
    """A purpose for which information is shared."""

    kind = Kind.PURPOSE
    named_by = "label"
    label = fields.LinesField(
        "Name", hint="As families read it", missing="Enter the name", max_length=300, rows=2
    )
    audience = fields.RadiosField(
        "Whose information is it about?", missing="Select whose information it is about",
        choices=Audience.choices,
    )  # fmt: skip

    def build(self, values: dict[str, Any]) -> ThingPart:
        return PurposePart(**{**values, "label": " ".join(values["label"].split())})


class OptOutForm(ThingForm):
    """An opt-out from sharing with one organisation."""

    kind = Kind.SCHEME
    named_by = "title"
    title = fields.TextField(
        "Name", hint="Such as Connexions opt-out", missing="Enter the name", max_length=200
    )
    recipient = fields.SelectField("Organisation", missing="Select the organisation")
    purposes = fields.CheckboxesField(
        "Which purposes does it apply to?", hint="Select none if it applies to all.", required=False
    )
    ground = fields.RadiosField(
        "Where does it come from?", missing="Select where it comes from",
        choices=[("statutory", "The law"), ("programme", "The rules of the programme")],
    )  # fmt: skip
    default = fields.RadiosField(
        "What happens without a choice?", missing="Select what happens without a choice",
        choices=[
            ("share", "Share, unless someone opts out"),
            ("withhold", "Do not share, unless someone agrees"),
        ],
    )  # fmt: skip
    min_age = fields.NumberField(
        "Share only from this age",
        hint="Leave blank for any age",
        min_value=0,
        max_value=120,
        width=3,
    )
    below_age = fields.NumberField(
        "Share only below this age", hint="Leave blank for any age", min_value=0, max_value=120,
        width=3,
    )  # fmt: skip
    self_age = fields.NumberField(
        "Pupils decide for themselves from this age",
        hint="Leave blank if only parents decide",
        min_value=0,
        max_value=120,
        width=3,
    )
    basic_items = fields.CheckboxesField(
        "Basic details", hint="What is shared about a pupil who is opted out", required=False
    )
    supplied_by = fields.RadiosField(
        "Who shares the information?", missing="Select who shares the information",
        choices=[("school", "The school, as a duty"), ("authority", "The council, by a power")],
    )  # fmt: skip
    legal_sections = Lines(
        "Sections of Acts under which a choice is made",
        hint="One on each line, such as section 14 of the Education and Skills Act 2008",
        rows=2,
    )
    child_may_refuse = fields.CheckboxField(
        "A child who does not want to take part on the day does not", required=False
    )

    def initial_of(self, part: ThingPart) -> dict[str, Any]:
        values = super().initial_of(part)
        values["ground"] = values.pop("kind")
        return values

    def choose_from(self, names: Names) -> None:
        choose(self, "recipient", [("", "Select"), *names.organisations.items()])
        choose(self, "purposes", list(names.purposes.items()))
        choose(self, "basic_items", list(names.items.items()))

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        least, below = data.get("min_age"), data.get("below_age")
        if least is not None and below is not None and least >= below:
            self.add_error("below_age", "This age must be above the age from which you share")
        if data.get("child_may_refuse") and data.get("ground") == "statutory":
            self.add_error(
                "child_may_refuse",
                "Only under a programme: by law a choice is for parents or pupils",
            )
        sections = data.get("legal_sections") or []
        if len(set(sections)) < len(sections):
            self.add_error("legal_sections", "Enter each section once")
        return data

    def build(self, values: dict[str, Any]) -> ThingPart:
        values["kind"] = values.pop("ground")
        return SchemePart(**values)


class NoticeForm(ThingForm):
    """A privacy notice: its title, and for whom it is. What it says is written elsewhere."""

    kind = Kind.NOTICE
    named_by = "title"
    title = fields.TextField(
        "Title", hint="Such as How we use information about pupils", missing="Enter the title",
        max_length=200,
    )  # fmt: skip
    audience = fields.RadiosField(
        "Whom is it for?", missing="Select whom it is for", choices=Audience.choices
    )

    def build(self, values: dict[str, Any]) -> ThingPart:
        slug = getattr(self.part, "slug", None) or values["code"]
        return NoticePart(
            slug=slug, title=values["title"], audience=values["audience"], versions=[]
        )


class TakeAwayForm(forms.Form):
    """Why a thing is taken away."""

    reason = fields.LinesField(
        "Why is it removed?",
        hint="The officer who checks it reads this. Do not name pupils or parents.",
        missing="Enter why it is removed",
        max_length=1000,
    )


class SendBackForm(forms.Form):
    """What is wrong with a draft."""

    note = fields.LinesField(
        "What must be corrected?",
        hint="Whoever drafted it reads this.",
        missing="Enter what must be corrected",
        max_length=1000,
    )


FORMS: Mapping[str, type[ThingForm]] = {
    form.kind: form
    for form in (
        CouncilForm,
        OrganisationForm,
        ItemForm,
        PurposeForm,
        OptOutForm,
        NoticeForm,
        SchoolForm,
        NumbersForm,
        LettersForm,
    )
}
