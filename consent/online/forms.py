"""The pages of an opt-out or objection sent online, one question each."""

from datetime import date
from typing import Any, Required, Unpack

from django import forms
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError

from consent.identity_rules import can_be_born
from consent.models import Matter, School
from consent.rules import DecidedBy
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    EmailAddressField,
    LinesField,
    PhoneField,
    RadiosField,
    SelectField,
    TextField,
)
from privacy_portal.ground.ui.form_arguments import Data
from privacy_portal.ground.ui.forms import choose
from privacy_portal.ground.ui.questions import Answers, Journey, Question, QuestionOptions

OTHER_SCHOOL = "other"
OTHER_SCHOOL_LABEL = "The school or college is not in this list"
# Home educated, or 16 to 19 and at work or neither: nobody's school, so officers match it.
NO_SCHOOL = "none"
NOT_AT_SCHOOL = "Not at a school or college now"


def full_name() -> forms.CharField:
    """Return the field for the name of the person who fills in the form."""
    return TextField(
        "Your full name",
        missing="Enter your full name",
        max_length=200,
        autocomplete="name",
        spellcheck=False,
    )


def related_as() -> forms.CharField:
    """Return the field for the person’s relationship to the pupil."""
    return TextField(
        "What is your relationship to the pupil?",
        hint="For example, mother or foster carer",
        missing="Enter your relationship to the pupil",
        max_length=100,
        width=20,
    )


class StepOptions(QuestionOptions, total=False):
    """The named arguments of every page of an opt-out or objection."""

    matter: Required[Matter]


class Step(Question):
    """Ask one question about an opt-out or objection."""

    def __init__(self, data: Data = None, *, matter: Matter, **more: Unpack[QuestionOptions]):
        self.matter = matter
        super().__init__(data, **more)

    @property
    def about_self(self) -> bool:
        """Return whether the pupil fills in the form."""
        return decided_by(self.answers) is DecidedBy.PUPIL


class WhoForm(Step):
    by = RadiosField(
        "Who is filling in this form?",
        missing="Select if you are the pupil, or their parent or carer",
        hints={
            DecidedBy.PARENT.value: "You have parental responsibility for the pupil, or look after them"
        },
        heading=True,
    )

    def __init__(self, data: Data = None, **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        field = self.fields["by"]
        assert isinstance(field, RadiosField)
        choices = [(DecidedBy.PARENT.value, "The pupil’s parent or carer")]
        scheme = self.matter.scheme
        if scheme is None:
            choices.append((DecidedBy.PUPIL.value, "The pupil"))
            hint = "You can be any age, as long as you understand what objecting means"
            field.hints = {**field.hints, DecidedBy.PUPIL.value: hint}
        else:  # nobody is asked this about an opt-out of parents alone
            choices.append(
                (DecidedBy.PUPIL.value, f"The pupil, if you are {scheme.self_age} or over")
            )
        field.choices = choices


class BornForm(Step):
    born = DayField(
        "What is the pupil’s date of birth?",
        hint="For example, 27 3 2011",
        missing="Enter the pupil’s date of birth",
        heading=True,
    )

    def __init__(self, data: Data = None, *, today: date, **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        self.today = today
        born = self.fields["born"]
        assert isinstance(born, DayField)
        born.birthday = self.about_self
        if self.about_self:
            born.label = "What is your date of birth?"
            born.missing = "Enter your date of birth"

        scheme = self.matter.scheme
        if scheme and scheme.self_age is None:
            born.help_text = "This form is for parents and carers. For example, 27 3 2011"

    def clean_born(self) -> date:
        born: date = self.cleaned_data["born"]
        if born > self.today:
            raise ValidationError("Date of birth must be in the past")
        if not can_be_born(born, self.today):
            raise ValidationError(
                "Check the year of birth"
                if self.about_self
                else "Enter the pupil’s date of birth, not your own"
            )
        return born


def _name(label: str, *, missing: str) -> forms.CharField:
    return TextField(label, missing=missing, max_length=200, width=20, spellcheck=False)


class PupilForm(Step):
    forename = _name("First name", missing="Enter the pupil’s first name")
    surname = _name("Last name", missing="Enter the pupil’s last name")

    def __init__(self, data: Data = None, **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        if self.about_self:
            self.fields["forename"].error_messages["required"] = "Enter your first name"
            self.fields["surname"].error_messages["required"] = "Enter your last name"

    @property
    def heading(self) -> str:
        return "What is your name?" if self.about_self else "What is the pupil’s name?"


class SchoolForm(Step):
    school = SelectField(
        "School or college", errors={"invalid_choice": "Select a school or college from the list"}
    )
    other_school = TextField(
        "Name of the school or college, if it is not in the list", max_length=200, width=20
    )

    @property
    def heading(self) -> str:
        goes = "do you" if self.about_self else "does the pupil"
        return f"Which school or college {goes} go to?"

    def __init__(self, data: Data = None, *, schools: list[School], **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        choose(
            self,
            "school",
            [
                ("", "Select a school or college"),
                *[(school.urn, school.name) for school in schools],
                (OTHER_SCHOOL, OTHER_SCHOOL_LABEL),
                (NO_SCHOOL, NOT_AT_SCHOOL),
            ],
        )
        # The stored words for it are not a name to show again.
        if self.initial.get("school") == NO_SCHOOL:
            self.initial = {**self.initial, "other_school": ""}

    def clean(self) -> dict[str, object]:
        """Use a typed name or ask about it: it is never dropped without a word."""
        data: dict[str, Any] = super().clean() or {}
        school, typed = data.get("school"), data.get("other_school")
        if self.errors:
            return data
        if not school and typed:
            data["school"] = OTHER_SCHOOL
        elif not school:
            self.add_error("school", "Select a school or college")
        elif school == OTHER_SCHOOL and not typed:
            self.add_error("other_school", "Enter the name of the school or college")
        elif school != OTHER_SCHOOL and typed:
            self.add_error(
                "other_school",
                "You selected one from the list and entered a name as well. Delete the name, or "
                f"select ‘{OTHER_SCHOOL_LABEL}’",
            )
        elif school == NO_SCHOOL:
            data["other_school"] = NOT_AT_SCHOOL
        return data


class ContactForm(AsksAboutAddress, Step):
    heading = "Your contact details"
    person_name = full_name()
    relation = related_as()
    email = EmailAddressField(hint="We’ll email you a link. You must use it to confirm your form")
    phone = PhoneField(
        "Phone number (optional)",
        max_length=50,
        hint="The school may call you if it is not clear which pupil you mean",
    )

    def __init__(self, data: Data = None, **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        if self.about_self:
            del self.fields["relation"]
            del self.fields["person_name"]
            self.fields["phone"].help_text = "The school may call you if anything is not clear"


class GroundsForm(Step):
    heading = "Why do you object?"
    grounds = LinesField(
        "Tell us about the pupil’s situation (optional)",
        hint="This helps us make our decision. You can still object if you leave this blank",
        max_length=2000,
        rows=5,
    )

    def __init__(self, data: Data = None, **more: Unpack[StepOptions]):
        super().__init__(data, **more)
        if self.about_self:
            self.fields["grounds"].label = "Tell us about your situation (optional)"


STEPS: dict[str, type[Step]] = {
    "who": WhoForm,
    "date-of-birth": BornForm,
    "name": PupilForm,
    "school": SchoolForm,
    "contact": ContactForm,
}
OBJECTION_STEPS: dict[str, type[Step]] = {
    **{name: step for name, step in STEPS.items() if name != "contact"},
    "why": GroundsForm,
    "contact": ContactForm,
}


def decided_by(answers: Answers) -> DecidedBy:
    """Return who fills in the form: a parent where only parents may, who are not asked."""
    return DecidedBy(answers.get("who", {}).get("by", DecidedBy.PARENT))


def asked_about(session: SessionBase, matter: Matter) -> Journey:
    """Return the questions about a matter with the answers so far.

    Who fills in the form is asked only where it can be the pupil or a parent.
    """
    questions = dict(STEPS if matter.scheme else OBJECTION_STEPS)
    if matter.scheme and matter.scheme.self_age is None:
        del questions["who"]
    return Journey(session, f"opt-out-{matter.key}", questions)
