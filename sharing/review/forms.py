"""Forms about incidents, overrides, deletion, withholding from families, and sign-off."""

from django import forms

from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import (
    HiddenField,
    LinesField,
    PdfField,
    RadiosField,
    TextField,
)
from privacy_portal.ground.ui.forms import PastForm
from sharing.models import IncidentStep


class ReviewForm(forms.Form):
    note = LinesField("Note (optional)", max_length=1000, rows=2)


class IncidentStepForm(PastForm):
    """A step taken about an incident."""

    kind = RadiosField(
        "What did you do?", missing="Select what you did", choices=IncidentStep.Kind.choices
    )
    note = LinesField(
        "Details",
        hint="For a risk assessment, include who could be harmed, how, and how likely it is.",
        missing="Enter details",
        max_length=2000,
    )
    field_order = ("kind", "on", "note")


class RecallStepForm(PastForm):
    """An update about a recall: its date, and how it was sent or received."""

    note = LinesField(
        "How, and who with?",
        hint="For example, by post to the data protection officer.",
        missing="Enter how, and who with",
        max_length=500,
    )


class DestroyedForm(PastForm):
    """Deletion of data, with the certificate."""

    note = LinesField(
        "Who confirmed it and how?",
        hint="For example, a letter from the data manager.",
        missing="Enter who confirmed it and how",
        max_length=500,
    )
    certificate = PdfField("Certificate (optional)")


class RestrictForm(forms.Form):
    """Withholding of a disclosure from families for a time."""

    until = DayField(
        "Withhold until",
        hint="To stop withholding, enter yesterday’s date.",
        missing="Enter the date to withhold until",
        what="Withhold until",
    )
    ground = LinesField(
        "Law or court order", missing="Enter the law or court order", max_length=500
    )


class SignOffForm(forms.Form):
    note = LinesField("Note (optional)", max_length=500, rows=2)


class SaveFilterForm(forms.Form):
    """A name for the filter that the page shows."""

    name = TextField(
        "Save these filters as", missing="Enter a name for these filters", max_length=60, width=20
    )
    query = HiddenField(max_length=4000)


class QuestionForm(forms.Form):
    """A question to the officer who made an entry of the log."""

    question = LinesField(
        "Ask about this entry",
        hint="Do not name pupils. The officer who made the entry gets an email.",
        missing="Enter your question",
        max_length=1000,
    )


class AnswerForm(forms.Form):
    """The answer to a question about an entry of the log."""

    answer = LinesField(
        "Answer", hint="Do not name pupils.", missing="Enter the answer", max_length=1000
    )
