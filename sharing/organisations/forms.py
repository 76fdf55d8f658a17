"""Forms to record and to withdraw the assurance of an organisation."""

from typing import Any

from django import forms

from privacy_portal.ground.ui import fields
from privacy_portal.ground.ui.day_fields import DayField
from sharing.models import Assurance, AssuranceWithdrawal

ICO = "Information Commissioner’s Office"
Kind = Assurance.Kind


class AssuranceForm(forms.Form):
    """A registration or a certificate."""

    kind = fields.RadiosField("What is it?", missing="Select what it is", choices=Kind.choices)
    name = fields.TextField(
        "Name of the certificate",
        hint="Only for another security certificate. For example, PCI DSS.",
        max_length=100,
    )
    reference = fields.TextField(
        "Registration number or certificate reference",
        missing="Enter the registration number or certificate reference",
        max_length=100,
        width=20,
        spellcheck=False,
    )
    issuer = fields.TextField(
        "Issued by", hint="Leave blank for an ICO registration.", max_length=200
    )
    ends = DayField(
        "Last day it is valid", missing="Enter the last day it is valid", what="Last day"
    )
    reason = fields.LinesField(
        "How did you check it?",
        hint="For example, in the register on the ICO’s website. The officer who checks it reads this.",
        missing="Enter how you checked it",
        max_length=1000,
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        kind = data.get("kind")
        if kind == Kind.REGISTRATION:
            data["issuer"] = data.get("issuer") or ICO
        elif kind and not data.get("issuer"):
            self.add_error("issuer", "Enter who issued it")
        if kind != Kind.OTHER:
            data["name"] = ""
        elif not data.get("name"):
            self.add_error("name", "Enter the name of the certificate")
        return data


class WithdrawForm(forms.Form):
    """Why an assurance is not relied on."""

    why = fields.RadiosField(
        "Why do you withdraw it?",
        missing="Select why you withdraw it",
        choices=AssuranceWithdrawal.Why.choices,
    )
    reason = fields.LinesField("Reason", missing="Enter a reason", max_length=500)
