"""Forms about notices: the public's, and those of officers who write them."""

from collections.abc import Sequence
from typing import Any

from django import forms

from notices.models import Notice
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import CheckboxesField, EmailAddressField
from privacy_portal.ground.ui.forms import choose


class OnDayForm(forms.Form):
    """Which day somebody wants to know about."""

    on = DayField(
        "What did it say on a day?",
        hint="For example, 27 3 2011",
        missing="Enter the day",
        what="The day",
    )


class SubscribeForm(AsksAboutAddress):
    """Who wants to be told of changes of which notices."""

    notices = CheckboxesField(
        "Which notices?",
        missing="Choose at least one notice",
        errors={"invalid_choice": "Choose notices from the list"},
    )
    email = EmailAddressField(hint="We use it for these emails only")

    def __init__(self, *args: Any, notices: Sequence[Notice], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choose(self, "notices", [(each.slug, each.title) for each in notices])
