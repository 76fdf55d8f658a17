"""Forms about notices: the public's, and those of officers who write them."""

from django import forms

from privacy_portal.ui.fields import DayField


class OnDayForm(forms.Form):
    """Which day somebody wants to know about."""

    on = DayField(
        label="What did it say on a day?",
        help_text="For example, 27 3 2011",
        missing="Enter the day",
        what="The day",
    )
