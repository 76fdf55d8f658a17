"""What a record says of itself, in tracebacks and messages of the server, tells of no person."""

import datetime

import pytest
from django.apps import apps
from django.db import models

APPS = ("privacy_portal", "notices", "consent", "sharing")
PERSON = "Ella Barlow"
# Columns of what the portal itself writes: references, codes, keys of emails.
OWN_WORDS = {
    "reference", "slug", "key", "kind", "element", "language", "task", "change", "folded", "code"
}  # fmt: skip
# These are named by what the council calls them (an organisation, a school, an item, a member of staff),
# and a row of an extract by the code of its reason.
NAMED = {
    "accounts.user", "consent.schoolstaff", "consent.school", "consent.scheme", "consent.schemepurpose",
    "consent.basicitem", "notices.notice", "notices.controller", "notices.contact", "notices.section",
    "notices.translatedsection", "notices.item", "notices.itemheading", "notices.purpose",
    "notices.recipient", "notices.namedrecipient", "notices.namedpurpose", "notices.nameditem",
    "sharing.agreedpurpose", "sharing.agreeditem", "sharing.releasedefinition", "sharing.finding",
}  # fmt: skip
OWN = [model for model in apps.get_models() if model.__module__.split(".")[0] in APPS]


def filled(model: type[models.Model], depth: int = 3) -> models.Model:
    """Make a record, stored nowhere, whose texts all name a person."""
    values: dict[str, object] = {}
    for column in model._meta.concrete_fields:
        if isinstance(column, models.ForeignKey):
            if depth:
                values[column.name] = filled(column.related_model, depth - 1)
        elif isinstance(column, models.DateTimeField):
            values[column.name] = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
        elif isinstance(column, models.DateField):
            values[column.name] = datetime.date(2026, 11, 23)
        elif isinstance(column, models.CharField | models.TextField) and not (
            column.choices or column.name in OWN_WORDS
        ):
            values[column.name] = PERSON
    return model(**values)


@pytest.mark.parametrize("model", OWN, ids=lambda model: model._meta.label_lower)
def test_a_record_names_nobody(model):
    text = str(filled(model))
    assert "object" not in text, "Django's own words say nothing"
    assert (PERSON in text) == (model._meta.label_lower in NAMED)
