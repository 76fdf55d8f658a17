"""The page of the setting of the daily email of tasks."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from privacy_portal.digest.forms import SettingForm
from privacy_portal.digest.setting import set_wanted
from privacy_portal.ground import days
from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page, posted


@require_http_methods(FORM_METHODS)
@open_to(change=Action.USE_OWN_ACCOUNT)
def setting(request: HttpRequest) -> HttpResponseBase:
    """Ask whether the person wants the daily email of their tasks, and store it."""
    user = staff_of(request)
    form = SettingForm(posted(request), initial={"wanted": "yes" if user.daily_digest else "no"})
    if form.is_valid():
        wanted = form.cleaned_data["wanted"] == "yes"
        set_wanted(user, wanted=wanted, at=days.now())
        said = (
            "You will get an email about your tasks each morning."
            if wanted
            else ("You will get no more emails about your tasks.")
        )
        messages.success(request, said)
        return redirect("mfa_index")
    return form_page(request, "digest/setting.html", {"section": "account", "form": form})
