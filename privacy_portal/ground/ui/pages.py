"""Responses that many pages share: a list page by page, and a page with a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

PER_PAGE = 50


def page_of(request: HttpRequest, rows: "QuerySet[Any] | Sequence[Any]") -> Page[Any]:
    """Return the page of a list that the address asks for, of `PER_PAGE` rows."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def other_parameters(request: HttpRequest) -> str:
    """Return the parameters of the address but for the page, for links to other pages of the list."""
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return parameters.urlencode()


def form_page(
    request: HttpRequest, template: str, form: forms.Form, context: Mapping[str, object]
) -> HttpResponse:
    """Return a page with a form; its status is 422 if the form has errors."""
    status = 422 if form.errors else 200
    return render(request, template, {**context, "form": form}, status=status)
