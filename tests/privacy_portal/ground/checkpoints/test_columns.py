"""No column of a row that an entry vouches for can be changed without a difference to what its entry says."""

from datetime import UTC, date, datetime
from functools import cache
from uuid import UUID

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import models

from privacy_portal.ground.log.append_only import APPEND_ONLY
from privacy_portal.ground.log.texts import texts_of
from sharing.auditing.verifying import KINDS

SENT_TWICE = "It only recognises a form that is sent twice."
UNVOUCHED = {
    "consent.Decision.submission": SENT_TWICE,
    "consent.OptOutRequest.submission": SENT_TWICE,
    "sharing.DataRequest.submission": SENT_TWICE,
    "sharing.Disclosure.submission": SENT_TWICE,
    "log.Erasure.transaction": "The database itself writes it.",
    "sharing.Disclosure.lines_root": "It is compared with the lines that are stored.",
    # The rules of the database let a decision be about a scheme, or an organisation and a purpose.
    "consent.Decision.recipient": "Of a decision about a scheme it is empty.",
    "consent.Decision.purpose": "Of a decision about a scheme it is empty.",
}
# Tables whose rows no kind is about.
WITHOUT_KIND = {
    "log.Cosignature": "Its signature proves it.",
    "log.Entry": "It is the log.",
    "accounts.AccountChange": "It is compared with the entries of people.",
    "notices.DraftEdit": "What is published has its own entry.",
    "consent.EndedProtection": "The entry of the proposal has it among what people wrote.",
    "consent.MergedDecision": "Both decisions have entries; it only says which is undone with which.",
    "consent.PupilMove": "It tells staff of a move; it decides nothing.",
    "sharing.ControlResult": "The entry of the run has it.",
    "sharing.CountedWeek": "It is counted from disclosures.",
    "sharing.CountedStretch": "It is counted from disclosures.",
    "sharing.SignedCount": "It is counted from disclosures.",
    "sharing.StretchCount": "It is counted from disclosures.",
    "sharing.WeekCount": "It is counted from disclosures.",
    "sharing.DecidedPupil": "The entry of the decision has it.",
    "sharing.RequestedPupil": "The entry of the details has it.",
    "sharing.DisclosureLine": "The entry of the disclosure has the root of its lines.",
    "sharing.PersonLine": "It is compared with the lines.",
    "sharing.PersonLineMark": "It is compared with the lines.",
    "sharing.PublishedCount": "The entry of the month has the fingerprint of all its counts.",
    "sharing.SampledDisclosure": "The hash of the disclosure's entry says whether it is in the sample.",
    "sharing.TemplateVersion": "Its digest is compared; the entry of what is signed has it.",
}
# What these say is made from other rows. Tests change those: tests/sharing/auditing/test_texts.py,
# tests/sharing/agreements/test_assessments.py, tests/sharing/register.
FROM_OTHER_ROWS = {
    "notices.Publication",
    "sharing.AgreementVersion",
    "sharing.PublishedMonth",
    "sharing.Signing",
}


BY_THEMSELVES = [kind for kind in KINDS if kind.rows().model._meta.label not in FROM_OTHER_ROWS]


@pytest.mark.parametrize("kind", BY_THEMSELVES, ids=lambda kind: kind.name)
def test_each_column_is_vouched_for(kind, db):
    model = kind.rows().model
    said = _said(kind, _made(model))
    silent = set()
    for field in model._meta.concrete_fields:
        row = _made(model)
        setattr(row, field.name, _another(field))
        # Whether a row is emptied is told by its columns.
        if not field.primary_key and field.name != "erased" and _said(kind, row) == said:
            silent.add(f"{model._meta.label}.{field.name}")
    assert silent <= UNVOUCHED.keys()


def test_every_table_that_is_only_added_to_has_a_kind_or_a_reason():
    with_kind = {kind.rows().model._meta.label for kind in KINDS}
    assert set(APPEND_ONLY) - with_kind == WITHOUT_KIND.keys()


def _said(kind, row):
    """All that an entry says of a row, as `log verify` compares it."""
    (facts,) = kind.facts([row])
    texts = texts_of(row) if hasattr(row, "logged_texts") else None
    number = getattr(row, kind.entry) if kind.entry else None
    return dict(facts), texts, next(kind.keys_of([row])), number


def _made(model, number=1, depth=0):
    """A row that is not stored, with rows that it refers to."""
    row = model()
    for field in model._meta.concrete_fields:
        setattr(row, field.name, _value(field, number, depth))
    return row


@cache
def _other(model, number, depth):
    return _made(model, number, depth) if depth < 5 else None


def _another(field):
    if field.choices:
        return [value for value, _ in field.flatchoices][-1]
    return _value(field, 2, 1)


def _value(field, number, depth):
    if field.is_relation:
        return _other(field.related_model, number, depth + 1)
    if field.choices:
        return next(value for value, _ in field.flatchoices)
    match field:
        case ArrayField():
            return [] if number == 1 else [_value(field.base_field, number, depth)]
        case models.BooleanField():
            return number > 1
        case models.DateTimeField():
            return datetime(2026, 1, number, tzinfo=UTC)
        case models.DateField():
            return date(2026, 1, number)
        case models.IntegerField():
            return number
        case models.BinaryField():
            return bytes([number]) * 32
        case models.UUIDField():
            return UUID(int=number)
        case models.CharField() | models.TextField() | models.FileField():
            return f"x{number}"
        case models.JSONField():
            return {f"x{number}": []}
    raise AssertionError(field)
