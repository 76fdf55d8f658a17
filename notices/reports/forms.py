"""The pages of a correction or complaint, one question each, and the officers’ forms about it."""

from collections.abc import Mapping
from datetime import date
from typing import Unpack

from django import forms
from django.core.exceptions import ValidationError

from notices.models import Concerns, Outcome, ReportKind
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    EmailAddressField,
    LinesField,
    PhoneField,
    RadiosField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Data
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.questions import Answers, Question, QuestionOptions

LONGEST = 5_000


def _long(label: str, missing: str = "", hint: str = "") -> LinesField:
    errors = {"max_length": f"Your answer must be {LONGEST:,} characters or fewer"}
    return LinesField(label, hint=hint, missing=missing, max_length=LONGEST, rows=8, errors=errors)


class KindForm(Question):
    kind = RadiosField(
        "What do you want to do?",
        missing="Select what you want to do",
        choices=[
            (ReportKind.MISTAKE.value, "Correct information you hold about someone"),
            (ReportKind.COMPLAINT.value, "Complain about how you used information"),
        ],
        hints={
            ReportKind.MISTAKE.value: "For example, a wrong name, address or date of birth",
            ReportKind.COMPLAINT.value: (
                "For example, you shared it with someone who should not have it"
            ),
        },
        heading=True,
    )


def kind_of(answers: Answers) -> str:
    """Return the kind of report, as answered on the first page."""
    return str(answers.get("kind", {}).get("kind", ""))


def concerns_of(answers: Answers) -> str:
    """Return whose information it is about, as answered on the second page."""
    return str(answers.get("about", {}).get("concerns", ""))


class AboutForm(Question):
    concerns = RadiosField(
        "Whose information is it?", missing="Select whose information it is", heading=True
    )

    def __init__(self, data: Data = None, **more: Unpack[QuestionOptions]):
        super().__init__(data, **more)
        choices = [
            (Concerns.SELF.value, "Mine"),
            (Concerns.CHILD.value, "A child I look after"),
            (Concerns.OTHER.value, "Someone I act for"),
        ]
        if kind_of(self.answers) == ReportKind.COMPLAINT:
            choices.append((Concerns.NOBODY.value, "It is not about one person"))
        choose(self, "concerns", choices)


class PersonForm(Question):
    heading = "Help us find the right record"
    person = TextField(
        "Full name of the person",
        missing="Enter the person’s full name",
        max_length=200,
        spellcheck=False,
    )
    born = DayField("Date of birth (optional)", hint="For example, 27 3 2011")
    school = TextField("School or place of work (optional)", max_length=200)

    def __init__(self, data: Data = None, *, today: date, **more: Unpack[QuestionOptions]):
        super().__init__(data, **more)
        self.today = today
        if concerns_of(self.answers) == Concerns.SELF:
            del self.fields["person"]

    @classmethod
    def applies(cls, answers: Mapping[str, object]) -> bool:
        return concerns_of(answers) != Concerns.NOBODY

    def clean_born(self) -> date | None:
        born: date | None = self.cleaned_data["born"]
        if born and born > self.today:
            raise ValidationError("Date of birth must be in the past")
        return born


class WhatForm(Question):
    what = _long("What is wrong?", "Enter what is wrong")
    wanted = _long("What would you like us to do? (optional)")

    def __init__(self, data: Data = None, **more: Unpack[QuestionOptions]):
        super().__init__(data, **more)
        if kind_of(self.answers) == ReportKind.MISTAKE:
            self.fields["what"].help_text = "Tell us what is wrong and where you saw it"
            self.fields["wanted"].label = "What should it say? (optional)"
        else:
            self.fields[
                "what"
            ].help_text = "Tell us what happened and when. Include who was involved if you know"

    heading = "Tell us what is wrong"


class ReachForm(AsksAboutAddress, Question):
    heading = "Your contact details"
    name = TextField(
        "Your full name",
        missing="Enter your full name",
        max_length=200,
        autocomplete="name",
        spellcheck=False,
    )
    email = EmailAddressField(hint="We’ll use this to confirm we have your message, and to reply")
    phone = PhoneField("Phone number (optional)", max_length=50)


QUESTIONS: dict[str, type[Question]] = {
    "kind": KindForm,
    "about": AboutForm,
    "person": PersonForm,
    "what": WhatForm,
    "contact": ReachForm,
}


class NoteForm(forms.Form):
    """Ask for a note about a report, for officers only."""

    text = _long("Note", "Enter a note")


class ProgressForm(forms.Form):
    """Ask for an update that goes to the person by email."""

    text = _long(
        "Message",
        "Enter a message",
        hint="We’ll email this with the date they will get a reply",
    )


class ReopenForm(forms.Form):
    """Ask why a report is reopened."""

    text = _long("Why are you reopening it?", "Enter why you are reopening it")


class AnswerForm(forms.Form):
    """Ask for the outcome of a report and a reply that goes to the person by email."""

    outcome = RadiosField("Outcome", missing="Select an outcome", choices=Outcome.choices)
    text = _long(
        "Reply",
        "Enter a reply",
        hint="We’ll email this. Say what you found and what you have done",
    )
