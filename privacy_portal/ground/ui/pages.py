"""Responses that many pages share: a list page by page, and a page with a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

PER_PAGE = 50


class _FromBothEnds(Paginator):  # type: ignore[type-arg]
    """Pages of a query whose order is the same for any two rows: those of its second half are counted from the
    end, so that the last page is as quick as the first."""

    object_list: "QuerySet[Any]"

    def page(self, number: Any) -> Page[Any]:
        """Return a page by its number."""
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        if first <= self.count // 2:
            return Page(self.object_list[first:last], number, self)
        rows = self.object_list.reverse()[self.count - last : self.count - first]
        return Page(list(rows)[::-1], number, self)


def page_from_both_ends(request: HttpRequest, rows: "QuerySet[Any]") -> Page[Any]:
    """Return the page of a long list as `page_of` does. No two rows of it have the same place."""
    return _FromBothEnds(rows, PER_PAGE).get_page(request.GET.get("page"))


def page_of(request: HttpRequest, rows: "QuerySet[Any] | Sequence[Any]") -> Page[Any]:
    """Return the page of a list that the address asks for, of `PER_PAGE` rows."""
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def other_parameters(request: HttpRequest) -> str:
    """Return the parameters of the address but for the page, for links to other pages of the list."""
    parameters = request.GET.copy()
    parameters.pop("page", None)
    return parameters.urlencode()


def posted(request: HttpRequest) -> QueryDict | None:
    """Return the fields that were sent to a form; None where its page is only looked at."""
    return request.POST if request.method == "POST" else None


def refreshed(response: HttpResponse) -> HttpResponse:
    """Return the page of work under way, which the browser loads again by itself, without script."""
    response["Refresh"] = "2"
    return response


def form_page(request: HttpRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
    """Return a page with forms in its context; its status is 422 if one of them has errors."""
    wrong = any(isinstance(form, BaseForm) and form.errors for form in context.values())
    return render(request, template, context, status=422 if wrong else 200)
