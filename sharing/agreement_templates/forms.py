"""The form to create an agreement from a template."""

from django import forms

from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.form_arguments import Data
from privacy_portal.ground.ui.forms import choose
from sharing.agreement_templates.part import TemplateTextPart
from sharing.agreement_templates.starting import StartAnswers
from sharing.agreements.forms import Choices, DatesForm, PartiesForm, StartForm


class FromTemplateForm(forms.Form):
    """What a template cannot know: reference, organisation, purposes, dates, and an answer for each
    variable of its own. `seen` is the digest of the text on the page."""

    seen = fields.HiddenField(required=True)
    reference = StartForm.base_fields["reference"]
    recipient = PartiesForm.base_fields["recipient"]
    purposes = fields.CheckboxesField("Purpose", missing="Select a purpose")
    starts = DatesForm.base_fields["starts"]
    ends = DatesForm.base_fields["ends"]
    review_on = DayField(
        "Next review date",
        hint="A date before the agreement ends.",
        missing="Enter the next review date",
        what="Next review date",
    )

    def __init__(self, data: Data = None, *, text: TemplateTextPart, choices: Choices):
        initial = {"seen": text.digest(), "purposes": text.terms.purposes}
        super().__init__(data, initial=initial)
        choose(self, "recipient", [("", "Select an organisation"), *choices.recipient])
        choose(self, "purposes", choices.purposes)
        self.text = text
        for place, variable in enumerate(text.variables):
            self.fields[f"variable_{place}"] = fields.LinesField(
                variable.label,
                hint=variable.hint,
                missing=f"Answer “{variable.label}”",
                max_length=2_000,
                rows=2,
            )

    clean_reference = StartForm.clean_reference
    clean = DatesForm.clean

    def answers(self) -> StartAnswers:
        """Return what was answered."""
        data = self.cleaned_data
        plain = ("reference", "recipient", "purposes", "starts", "ends", "review_on")
        values = {
            variable.name: data[f"variable_{place}"].replace("\r\n", "\n").strip()
            for place, variable in enumerate(self.text.variables)
        }
        return StartAnswers(**{name: data[name] for name in plain}, values=values)
