"""Two records of one child, for officers: compared, and made one."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from consent import histories, merging, upn
from consent.errors import NotNowError
from consent.models import Pupil
from consent.queries import decisions_of, pupil_of_upn
from privacy_portal import days
from privacy_portal.accounts.permissions import officers_only, staff_of

_UPN = forms.TextInput(attrs={"data-width": 20, "autocomplete": "off", "spellcheck": "false"})


class TwoRecordsForm(forms.Form):
    """The present UPNs of both records."""

    kept = forms.CharField(
        label="UPN that the child has now",
        max_length=20,
        error_messages={"required": "Enter the UPN of the record that stays"},
        widget=_UPN,
    )
    gone = forms.CharField(
        label="UPN of the other record",
        help_text="It becomes a former UPN of the child",
        max_length=20,
        error_messages={"required": "Enter the UPN of the other record"},
        widget=_UPN,
    )

    def clean(self) -> dict[str, Pupil]:
        found = {}
        for name in ("kept", "gone"):
            if not (written := self.cleaned_data.get(name)):
                continue
            pupil = pupil_of_upn(upn.normal(written))
            if pupil is None:
                self.add_error(name, "No pupil on the roll has this UPN")
            else:
                found[name] = pupil
        if len(found) == 2:
            try:
                merging.check_can_merge(found["gone"], found["kept"])
            except NotNowError as error:
                self.add_error("gone", str(error))
        return found


class ReasonForm(forms.Form):
    """How it is known that both are one child."""

    reason = forms.CharField(
        label="How do you know that both are the same child?",
        help_text="For example: the school confirmed by phone that the child got a new UPN",
        max_length=500,
        error_messages={"required": "Say how you know"},
        widget=forms.Textarea(attrs={"data-rows": 3}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@officers_only
def merge(request: HttpRequest) -> HttpResponseBase:
    """First both records side by side, each look logged; then, with a reason, one record."""
    user, at = staff_of(request), days.now()
    data = request.POST if request.method == "POST" else None
    form = TwoRecordsForm(data)
    reason = ReasonForm(data if data and "merge" in data else None)
    context = {"section": "pupils", "form": form, "reason": reason}
    if data is not None and form.is_valid():
        kept, gone = form.cleaned_data["kept"], form.cleaned_data["gone"]
        if reason.is_bound and reason.is_valid():
            try:
                merging.merge(gone, kept, reason=reason.cleaned_data["reason"], by=user, at=at)
                messages.success(request, "Both records are one now.")
            except NotNowError as error:
                messages.warning(request, str(error))
            return redirect("staff-pupil", str(kept.reference))
        histories.listed([kept, gone], by=user, at=at)
        context["records"] = [(each, len(decisions_of(each))) for each in (kept, gone)]
        context["differ"] = merging.differ(gone, kept)
    bad = form.errors or reason.errors
    return render(request, "consent/merge.html", context, status=422 if bad else 200)
