"""The public’s forms about privacy notices."""

from collections.abc import Sequence
from typing import Unpack

from django import forms

from notices.models import Notice
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import CheckboxesField, EmailAddressField
from privacy_portal.ground.ui.form_arguments import Data, FormOptions
from privacy_portal.ground.ui.forms import choose


class OnDayForm(forms.Form):
    """Ask for the date of which the notice is to be shown."""

    on = DayField(
        "See what the notice said on a date",
        hint="For example, 27 3 2011",
        missing="Enter a date",
        what="Date",
    )


class SubscribeForm(AsksAboutAddress):
    """Ask who wants emails about changes to which privacy notices."""

    notices = CheckboxesField(
        "Which privacy notices do you want emails about?",
        missing="Select at least one privacy notice",
        errors={"invalid_choice": "Select privacy notices from the list"},
    )
    email = EmailAddressField(hint="We’ll only use this to send you these emails")

    def __init__(
        self, data: Data = None, *, notices: Sequence[Notice], **more: Unpack[FormOptions]
    ):
        super().__init__(data, **more)
        choose(self, "notices", [(notice.slug, notice.title) for notice in notices])
