"""Django's forms and pages as the parameters of GOV.UK macros."""

from typing import Any

from django import forms
from django.core.paginator import Page
from django.forms.boundfield import BoundField

from privacy_portal.ground.ui.day_fields import DayField
from privacy_portal.ground.ui.fields import Component, Params, TextField
from privacy_portal.ground.ui.keyset import KeysetPage


def component(bound: BoundField) -> tuple[str, Params]:
    """Return the macro that a field is shown with, and the macro's parameters."""
    field = bound.field
    if isinstance(field, Component):
        return field.macro, field.params(bound)
    # What is left are the password fields of allauth.
    params = TextField(autocomplete=field.widget.attrs.get("autocomplete", "")).params(bound)
    del params["value"]  # a page never sends a password back
    return "password", params


def _place(bound: BoundField) -> str:
    day = isinstance(bound.field, DayField)
    return f"#{bound.auto_id}_0" if day else f"#{bound.auto_id}"


def error_summary(form: forms.BaseForm) -> dict[str, object]:
    """Return the error summary: each error linked to its field, others to the first field."""
    first = next(iter(form.visible_fields()), None)
    start = _place(first) if first else None
    errors = [{"text": text, "href": start} for text in form.non_field_errors()]
    for bound in form:
        errors += [{"text": text, "href": _place(bound)} for text in bound.errors]
    return {"titleText": "There is a problem", "errorList": errors}


def pages(page: Page[object], query: str = "") -> Params:
    """Return the parameters of the pagination of a list; `query` is kept in each link."""
    suffix = f"&{query}" if query else ""
    items: list[Params] = []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        if isinstance(number, int):
            current = number == page.number
            items.append({"number": number, "href": f"?page={number}{suffix}", "current": current})
        else:
            items.append({"ellipsis": True})
    params: dict[str, object] = {"items": items}
    if page.has_previous():
        params["previous"] = {"href": f"?page={page.previous_page_number()}{suffix}"}
    if page.has_next():
        params["next"] = {"href": f"?page={page.next_page_number()}{suffix}"}
    return params


def keyset_pages(page: KeysetPage[Any], query: str = "") -> Params:
    """Return the parameters of the pagination of a list without numbered pages; `query` is kept in each
    link."""
    words = {"previous": "Previous", "next": "Next"}
    return {
        name: {"href": _with(getattr(page, name), query), "text": text}
        for name, text in words.items()
        if getattr(page, name) is not None
    }


def keyset_ends(page: KeysetPage[Any], query: str = "") -> list[tuple[str, str]]:
    """Return the addresses of a list's first and last pages with their words, where it is on another."""
    ends = [("First page", page.first), ("Last page", page.last)]
    return [(text, _with(place, query)) for text, place in ends if place is not None]


def _with(place: str, query: str) -> str:
    return f"?{'&'.join(part for part in (query, place) if part)}"
