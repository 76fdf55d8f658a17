"""The page on which staff change their password while they are signed in."""

from allauth.account import views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse_lazy

from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to, staff_of
from privacy_portal.passwords.forms import ChangeForm


class _ChangeView(views.PasswordChangeView):
    form_class = ChangeForm
    success_url = reverse_lazy("mfa_index")
    extra_context = {"section": "account"}

    def form_valid(self, form: ChangeForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        messages.success(self.request, "Your password has been changed")
        return answer


_view = _ChangeView.as_view()


@open_to(change=Action.USE_OWN_ACCOUNT)
def change(request: HttpRequest) -> HttpResponseBase:
    """Change the password of who is signed in; all their other sessions end. Who signs in by single sign-on
    alone sets one by the link that is mailed to them."""
    if not staff_of(request).has_usable_password():
        return redirect("account_reset_password")
    answer: HttpResponseBase = _view(request)
    return answer
