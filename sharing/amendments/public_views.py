"""The page on which an organisation acknowledges an amendment, by a link and without an account (H6).

Opening the link changes nothing, since mail scanners do that; a button does.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from notices.queries import signature
from privacy_portal.ground import days
from privacy_portal.ground.ui.methods import FORM_METHODS
from privacy_portal.ground.ui.pages import form_page
from sharing.amendments import acknowledging, queries
from sharing.amendments.errors import LinkGoneError, LinkUsedError
from sharing.amendments.forms import AcknowledgeForm


@require_http_methods(FORM_METHODS)
def acknowledge(request: HttpRequest, signed: str) -> HttpResponse:
    """Show which changes the link confirms, and the button that confirms them."""
    at = days.now()
    try:
        amendment = acknowledging.linked(signed, at=at)
        form = AcknowledgeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            acknowledging.acknowledge(signed, who=form.cleaned_data["who"], at=at)
            context = {"amendment": amendment, "at": at, **signature()}
            return _private(render(request, "sharing/amendments/confirmed.html", context))
    except LinkUsedError as used:
        context = {"at": used.at, **signature()}
        return _private(render(request, "sharing/amendments/used.html", context, status=410))
    except LinkGoneError:
        page = render(request, "sharing/amendments/gone.html", signature(), status=410)
        return _private(page)
    release = queries.release_of(amendment)
    context = {
        "amendment": amendment,
        "disclosure": release.disclosure if release else None,
        "form": form,
        **signature(),
    }
    return _private(form_page(request, "sharing/amendments/acknowledge.html", context))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the address, which is a secret, from search engines and from other sites.

    Its own site is told where a form was sent from: without that the form is refused.
    """
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"
    return response
