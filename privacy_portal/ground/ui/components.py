"""Django's forms and pages as the parameters of GOV.UK macros; the only place that does it."""

from typing import Any

from django import forms
from django.core.paginator import Page
from django.forms.boundfield import BoundField

from privacy_portal.ground.ui.fields import DayWidget, HintedRadioSelect

_WIDTHS = {
    3: "govuk-input--width-3",
    5: "govuk-input--width-5",
    10: "govuk-input--width-10",
    20: "govuk-input--width-20",
}


def component(bound: BoundField) -> dict[str, Any]:
    """The macro a field is shown with (`kind`) and its parameters (`params`).

    A widget's attribute `data-width` (3, 5, 10 or 20 characters) sets the width of an
    input; `autocomplete`, `inputmode` and `spellcheck` are passed on.
    """
    widget = bound.field.widget
    label = str(bound.label)
    params: dict[str, Any] = {"id": bound.id_for_label or bound.auto_id, "name": bound.html_name}
    if bound.help_text:
        params["hint"] = {"text": str(bound.help_text)}
    if bound.errors:
        params["errorMessage"] = {"text": " ".join(map(str, bound.errors))}
    value = bound.value()
    if isinstance(widget, DayWidget):
        return {"kind": "day", "params": _day(bound, widget, label, params)}
    if isinstance(widget, forms.HiddenInput):
        return {"kind": "hidden", "params": {**params, "value": value or ""}}
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return {"kind": "checkboxes", "params": _checkboxes(bound, widget, label, params)}
    if isinstance(widget, forms.RadioSelect):
        return {"kind": "radios", "params": _radios(bound, widget, label, params)}
    params["label"] = {
        "text": label,
        "classes": _label_classes(widget),
        "isPageHeading": bool(widget.attrs.get("data-heading")),
    }
    if isinstance(widget, forms.Select):
        params["items"] = [
            {"value": key, "text": str(text), "selected": str(value or "") == str(key)}
            for key, text in _choices(bound)
        ]
        return {"kind": "select", "params": params}
    if isinstance(widget, forms.ClearableFileInput):
        return {"kind": "file", "params": params}
    if isinstance(widget, forms.CheckboxInput):
        params["items"] = [{"value": "on", "text": label, "checked": bool(value)}]
        params["idPrefix"] = params["id"]
        del params["label"]
        return {"kind": "checkboxes", "params": params}
    attrs = widget.attrs
    if other := {name: attrs[name] for name in ("lang", "dir") if name in attrs}:
        params["attributes"] = other
    for name in ("autocomplete", "inputmode"):
        if name in attrs:
            params[name] = attrs[name]
    if attrs.get("spellcheck") == "false":
        params["spellcheck"] = False
    if isinstance(widget, forms.PasswordInput):
        return {"kind": "password", "params": params}
    params["value"] = "" if value is None else str(value)
    if isinstance(widget, forms.Textarea):
        if rows := attrs.get("data-rows"):
            params["rows"] = rows
        return {"kind": "textarea", "params": params}
    params["type"] = _type(widget)
    if width := attrs.get("data-width"):
        params["classes"] = _WIDTHS[int(width)]
    return {"kind": "input", "params": params}


def _type(widget: forms.Widget) -> str:
    """What a phone's keyboard goes by. Numbers are typed as text, as GOV.UK advises."""
    typed = forms.TextInput | forms.EmailInput | forms.TelInput
    return str(widget.input_type) if isinstance(widget, typed) else "text"


def _label_classes(widget: forms.Widget) -> str:
    return "govuk-label--l" if widget.attrs.get("data-heading") else "govuk-label--s"


def _legend(widget: forms.Widget, label: str) -> dict[str, Any]:
    heading = bool(widget.attrs.get("data-heading"))
    return {
        "legend": {
            "text": label,
            "isPageHeading": heading,
            "classes": "govuk-fieldset__legend--l" if heading else "govuk-fieldset__legend--s",
        }
    }


def _choices(bound: BoundField) -> list[tuple[Any, Any]]:
    widget = bound.field.widget
    chosen = forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple
    return list(widget.choices) if isinstance(widget, chosen) else []


def _radios(
    bound: BoundField, widget: forms.RadioSelect, label: str, params: dict[str, Any]
) -> dict[str, Any]:
    value = str(bound.value() or "")
    hints = widget.hints if isinstance(widget, HintedRadioSelect) else {}
    params["idPrefix"] = bound.auto_id
    params["fieldset"] = _legend(widget, label)
    params["items"] = [
        {
            "value": key,
            "text": str(text),
            "checked": value == str(key),
            **({"hint": {"text": hints[key]}} if key in hints else {}),
        }
        for key, text in _choices(bound)
    ]
    return params


def _checkboxes(
    bound: BoundField, widget: forms.Widget, label: str, params: dict[str, Any]
) -> dict[str, Any]:
    chosen = {str(each) for each in bound.value() or []}
    params["idPrefix"] = bound.auto_id
    params["fieldset"] = _legend(widget, label)
    params["classes"] = "govuk-checkboxes--small"
    params["items"] = [
        {"value": key, "text": str(text), "checked": str(key) in chosen}
        for key, text in _choices(bound)
    ]
    return params


def _day(
    bound: BoundField, widget: DayWidget, label: str, params: dict[str, Any]
) -> dict[str, Any]:
    values = widget.decompress(bound.value())
    params["id"] = bound.auto_id
    params["namePrefix"] = ""
    params["fieldset"] = _legend(widget, label)
    wrong = " govuk-input--error" if bound.errors else ""
    params["items"] = [
        {
            "id": f"{bound.auto_id}_{place}",
            "name": f"{bound.html_name}_{place}",
            "label": part,
            "value": value,
            "classes": f"govuk-input--width-{4 if part == 'Year' else 2}{wrong}",
            **({"autocomplete": f"bday-{part.lower()}"} if widget.attrs.get("data-bday") else {}),
        }
        for place, (part, value) in enumerate(zip(("Day", "Month", "Year"), values, strict=True))
    ]
    return params


def _place(bound: BoundField) -> str:
    day = isinstance(bound.field.widget, DayWidget)
    return f"#{bound.auto_id}_0" if day else f"#{bound.auto_id}"


def error_summary(form: forms.BaseForm) -> dict[str, Any]:
    """The parameters of the error summary: each error linked to its field, one about several fields
    to the first."""
    first = next(iter(form.visible_fields()), None)
    start = _place(first) if first else None
    errors = [{"text": text, "href": start} for text in form.non_field_errors()]
    for bound in form:
        errors += [{"text": text, "href": _place(bound)} for text in bound.errors]
    return {"titleText": "There is a problem", "errorList": errors}


def pages(page: Page[Any], query: str = "") -> dict[str, Any]:
    """The parameters of the pagination of a list; `query` is kept in each link."""
    kept = f"&{query}" if query else ""
    items: list[dict[str, Any]] = []
    for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1):
        if isinstance(number, int):
            current = number == page.number
            items.append({"number": number, "href": f"?page={number}{kept}", "current": current})
        else:
            items.append({"ellipsis": True})
    params: dict[str, Any] = {"items": items}
    if page.has_previous():
        params["previous"] = {"href": f"?page={page.previous_page_number()}{kept}"}
    if page.has_next():
        params["next"] = {"href": f"?page={page.next_page_number()}{kept}"}
    return params
