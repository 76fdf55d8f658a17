"""Forms about notices: the public's, and those of officers who write them."""

from collections.abc import Sequence
from typing import Any

from django import forms

from notices.models import Notice
from privacy_portal.ground.ui.addresses import AsksAboutAddress
from privacy_portal.ground.ui.fields import DayField, EmailAddressField


class OnDayForm(forms.Form):
    """Which day somebody wants to know about."""

    on = DayField(
        label="What did it say on a day?",
        help_text="For example, 27 3 2011",
        missing="Enter the day",
        what="The day",
    )


class SubscribeForm(AsksAboutAddress):
    """Who wants to be told of changes of which notices."""

    notices = forms.MultipleChoiceField(
        label="Which notices?",
        error_messages={
            "required": "Choose at least one notice",
            "invalid_choice": "Choose notices from the list",
        },
        widget=forms.CheckboxSelectMultiple,
    )
    email = EmailAddressField(help_text="We use it for these emails only")

    def __init__(self, *args: Any, notices: Sequence[Notice], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["notices"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(each.slug, each.title) for each in notices]
