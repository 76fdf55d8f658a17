"""The pages to use a letter’s code, one question each."""

from typing import Unpack

from django import forms
from django.core.exceptions import ValidationError

from consent.letters.codes import read_code
from consent.online.forms import full_name, related_as
from consent.rules import Choice, DecidedBy
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.fields import EmailAddressField, RadiosField, TextField
from privacy_portal.ground.ui.form_arguments import Data
from privacy_portal.ground.ui.questions import Answers, Question, QuestionOptions

# What the letter allows is kept beside the answers, under this name.
OFFER = "offer"
SIXTEEN = "Code must be 16 letters and numbers"


class CodeForm(forms.Form):
    """Ask for the code on the letter."""

    code = TextField(
        "Enter the code from your letter",
        hint="It has 16 letters and numbers. For example, 7KM2-P49X-Q1AB-C3DE. You can leave out the hyphens",
        missing="Enter the code from your letter",
        max_length=40,
        width=20,
        autocomplete="off",
        spellcheck=False,
        heading=True,
        errors={"max_length": SIXTEEN},
    )

    def clean_code(self) -> str:
        letters = read_code(self.cleaned_data["code"])
        if not letters:
            raise ValidationError(SIXTEEN)
        return letters


class ChoiceForm(Question):
    """Ask for the choice, where the code can opt in as well as out."""

    choice = RadiosField(
        "What would you like us to do?",
        missing="Select what you would like us to do",
        choices=[
            (Choice.OPT_OUT.value, "Share less (opt out)"),
            (Choice.OPT_IN.value, "Share everything listed in the privacy notice (opt in)"),
        ],
        hints={
            Choice.OPT_OUT.value: "This starts straight away",
            Choice.OPT_IN.value: "This starts after 7 days, once we have told everyone we need to tell",
        },
        heading=True,
    )

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return bool(answers.get(OFFER, {}).get("opt_in"))


def opts_in(answers: Answers) -> bool:
    """Return whether the person chose to opt in."""
    return bool(answers.get("choice", {}).get("choice") == Choice.OPT_IN)


class CodeHolderForm(Question):
    """Ask who chooses; an opt-in is the addressee’s own, and some opt-outs are for parents only."""

    by = RadiosField(
        "Who is filling in this form?",
        missing="Select if you are the pupil, or their parent or carer",
        choices=[
            (DecidedBy.PARENT.value, "The pupil’s parent or carer"),
            (DecidedBy.PUPIL.value, "The pupil"),
        ],
        heading=True,
    )

    @classmethod
    def applies(cls, answers: Answers) -> bool:
        return not opts_in(answers) and not answers.get(OFFER, {}).get("parents_only")


class NameForm(AsksAboutAddress, Question):
    """Ask for the name, the relationship and where to send the receipt."""

    person_name = full_name()
    relation = related_as()
    email = EmailAddressField(
        "Email address (optional)", hint="We’ll only use this to send your receipt", required=False
    )
    heading = "Your details"

    def __init__(self, data: Data = None, **more: Unpack[QuestionOptions]):
        super().__init__(data, **more)
        if self.answers.get(OFFER, {}).get("parents_only"):
            relation = self.fields["relation"]
            relation.help_text = (
                "Only a parent or carer can do this. For example, mother or foster carer"
            )
        if opts_in(self.answers):
            del self.fields["person_name"], self.fields["relation"]
        elif self.answers.get("who", {}).get("by") == DecidedBy.PUPIL:
            del self.fields["relation"]


QUESTIONS: dict[str, type[Question]] = {
    "choice": ChoiceForm,
    "who": CodeHolderForm,
    "name": NameForm,
}
