"""Forms about an opt-out or objection that has been sent."""

from django import forms
from django.core.exceptions import ValidationError

from privacy_portal.ground.codes import CROCKFORD
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.fields import EmailAddressField, TextField

SELECTOR = 4
START_OF_CODE = "Enter the first 4 letters and numbers of the code on your letter"


class AgainForm(AsksAboutAddress):
    """Ask for the address to which the link is sent again."""

    email = EmailAddressField()


class StatusForm(forms.Form):
    """Ask which form to check the progress of."""

    unknown = (
        "We cannot find a form with that reference number and email address or letter. "
        "Check them and try again"
    )
    reference = TextField(
        "Reference number",
        hint="This is on your receipt and in our email. For example, 7KM-2P4-9XQ1",
        missing="Enter your reference number",
        max_length=30,
        width=20,
        spellcheck=False,
        errors={"max_length": "Reference number must be 10 letters and numbers, like 7KM-2P4-9XQ1"},
    )
    email = EmailAddressField(hint="The one you gave us", required=False)
    code = TextField(
        "If you used a code from a letter and gave no email address",
        hint="Enter the first 4 characters of the code on your letter",
        max_length=30,
        width=5,
        autocomplete="off",
        spellcheck=False,
        errors={"max_length": START_OF_CODE},
    )

    def clean_code(self) -> str:
        typed = "".join(sign for sign in self.cleaned_data["code"].upper() if sign.isalnum())
        selector = typed.translate(str.maketrans("OIL", "011"))[:SELECTOR]
        if typed and (len(selector) < SELECTOR or not set(selector) <= set(CROCKFORD)):
            raise ValidationError(START_OF_CODE)
        return selector

    def clean(self) -> dict[str, object]:
        data = super().clean() or {}
        if not data.get("email") and not data.get("code") and not self.errors:
            self.add_error("email", "Enter your email address, or the start of your letter’s code")
        return data
