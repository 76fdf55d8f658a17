"""Pages with forms: what was posted to them, and how they are shown."""

from collections.abc import Mapping

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the fields that were sent to a form; None where its page is only looked at."""
    return request.POST if request.method == "POST" else None


def form_page(
    request: HttpRequest, template: str, context: Mapping[str, object], *forms_on_it: forms.BaseForm
) -> HttpResponse:
    """Return a page with forms: status 422 if one of them has errors."""
    status = 422 if any(form.errors for form in forms_on_it) else 200
    return render(request, template, context, status=status)
