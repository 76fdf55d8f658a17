"""The receipt for programs: the right document for each kind of decision, in words that exist."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from consent.models import OptOutRequest, Scheme
from consent.online.receipt_json import as_json
from consent.online.receipts import Receipt
from consent.rules import Choice, DecidedBy
from notices.models import Item, Purpose, Recipient
from tests.vocabulary import TERMS, terms

NOW = [Item(code="pupil.name", label="Name"), Item(code="pupil.phone", label="Telephone")]
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def receipt(
    choice=Choice.OPT_OUT, *, default="share", kind="statutory", by=DecidedBy.PARENT,
    by_code=False, still_shared=True, supplied_by="school", sections=(),
):  # fmt: skip
    recipient = Recipient(code="connexions", name="Connexions")
    scheme = Scheme(
        pk=1,
        code="connexions",
        title="Connexions opt-out",
        recipient=recipient,
        default=default,
        kind=kind,
        supplied_by=supplied_by,
        legal_sections=list(sections),
    )
    scheme._prefetched_objects_cache = {"basic_items": [Item(code="pupil.name")]}
    objected = choice is Choice.OBJECTION
    purpose = Purpose(code="careers", label="Careers guidance")
    request = OptOutRequest(
        reference="ABCD-1234",
        scheme=None if objected else scheme,
        recipient=recipient if objected else None,
        purpose=purpose if objected else None,
        choice=choice.value,
        by=by.value,
        received_at=AT,
        confirmed_at=None if by_code else AT.replace(minute=41),
        code_id=1 if by_code else None,
    )
    return Receipt(
        request=request,
        notice="How we use information about pupils, version 3",
        notice_address="https://portal.example.org/notices/pupils/versions/3/",
        purposes=[purpose],
        still_shared=[Item(code="pupil.name", label="Name")] if still_shared else [],
        shared_after_opt_in=NOW if choice is Choice.OPT_IN else [],
        controller=None,
    )


KINDS = {
    "instruction": receipt(),
    "taken back": receipt(Choice.OPT_IN),
    "programme": receipt(kind="programme", still_shared=False),
    "objection": receipt(Choice.OBJECTION, still_shared=False),
    "consent given": receipt(Choice.OPT_IN, default="withhold", kind="programme"),
    "consent refused": receipt(default="withhold", kind="programme", by=DecidedBy.PUPIL),
    "by a code": receipt(by_code=True),
    "by the council": receipt(supplied_by="authority", sections=["section 14", "section 72"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_term_is_one_of_the_vocabulary(kind):
    document = as_json(KINDS[kind])
    properties, things = terms(document)
    assert properties <= set(TERMS["properties"])
    assert things <= set(TERMS["classes"])
    assert set(document["@context"]) >= {each.split(":")[0] for each in properties | things}
    assert len(things) >= 6


@pytest.mark.parametrize(
    "kind", ["instruction", "taken back", "programme", "objection", "by a code"]
)
def test_an_opt_out_or_an_objection_is_a_right_that_is_exercised(kind):
    document = as_json(KINDS[kind])
    assert document["@type"] == "dpv:RightExerciseRecord"
    assert "onsent" not in json.dumps(document["@type"]) + json.dumps(document["dpv:hasRight"])
    assert "dct:conformsTo" not in document
    assert "dpv:hasConsentStatus" not in json.dumps(document)


def test_it_says_which_right_and_how_far_it_is():
    objection = as_json(KINDS["objection"])
    assert objection["dpv:hasRight"]["@id"] == "eu-gdpr:A21"
    steps = objection["dct:hasPart"]
    assert [(step["dpv:hasStatus"], step["dct:date"][11:16]) for step in steps] == [
        ("dpv:RequestInitiated", "09:30"),
        ("dpv:RequestAcknowledged", "09:41"),
    ]
    assert len(as_json(KINDS["by a code"])["dct:hasPart"]) == 1


def test_an_opt_in_says_what_was_chosen():
    document = as_json(KINDS["taken back"])
    chosen = "Share everything listed in the privacy notice with Connexions"
    assert document["dct:title"] == document["dpv:hasRight"]["dct:title"] == chosen
    assert as_json(KINDS["consent given"])["dct:title"] == chosen
    assert all("opt-out" not in json.dumps(as_json(KINDS[kind])).replace("/opt-out/", "")
               for kind in ("taken back", "consent given"))  # fmt: skip


def test_what_still_shared_has_its_basis():
    _, still = as_json(KINDS["instruction"])["dpv:hasProcess"]
    assert still["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-c"
    assert [each["dct:identifier"] for each in still["dpv:hasPersonalData"]] == ["pupil.name"]


def test_what_the_council_supplies_rests_on_the_public_task_and_can_be_objected_to():
    decided, still = as_json(KINDS["by the council"])["dpv:hasProcess"]
    assert still["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-e"
    assert still["dpv:hasRight"]["@id"] == "eu-gdpr:A21"
    assert "The council shares these details itself" in still["dct:description"]
    assert decided["dct:description"] == "Your choice counts under section 14 and section 72."


def test_what_the_school_must_supply_names_no_right_to_object():
    decided, still = as_json(KINDS["instruction"])["dpv:hasProcess"]
    assert "dpv:hasRight" not in still
    assert "You cannot object to that." in still["dct:description"]
    assert "dct:description" not in decided


@pytest.mark.parametrize(
    ("kind", "place"),
    [("taken back", lambda it: it), ("consent given", lambda it: it["dpv:hasRecordOfActivity"])],
)
def test_an_opt_in_lists_what_goes_now_and_nothing_else_does(kind, place):
    (decided,) = place(as_json(KINDS[kind]))["dpv:hasProcess"]
    assert [each["dct:identifier"] for each in decided["dpv:hasPersonalData"]] == [
        "pupil.name", "pupil.phone",
    ]  # fmt: skip
    assert decided["dpv:hasProcessing"] == ["dpv:Share"]
    nothing = as_json(replace(KINDS["taken back"], shared_after_opt_in=[]))
    assert "dpv:hasPersonalData" not in json.dumps(nothing)
    assert "Telephone" not in json.dumps(as_json(KINDS["instruction"]))


@pytest.mark.parametrize(
    ("kind", "status"),
    [("consent given", "dpv:ConsentGiven"), ("consent refused", "dpv:ConsentRefused")],
)
def test_only_where_consent_comes_first_is_it_a_consent_receipt(kind, status):
    document = as_json(KINDS[kind])
    assert document["@type"] == "dpv:ConsentReceipt"
    assert document["dct:conformsTo"] in TERMS["profiles"]
    record = document["dpv:hasRecordOfActivity"]
    assert record["dpv:hasConsentStatus"] == status
    withdrawal = record["dpv:hasRight"][0]
    assert withdrawal["@id"] == "eu-gdpr:A7-3"
    assert withdrawal["dpv:isExercisedAt"]["@id"].endswith("/opt-out/")
