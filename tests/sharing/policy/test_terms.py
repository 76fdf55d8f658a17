"""Keeping times, deadlines, texts of letters and schools are policy: within limits, and in the export (R2)."""

import json

import pytest
from django.db import DatabaseError, transaction

from consent.models import School
from consent.queries import open_schools
from notices.policy_file.terms_format import LettersPart, NumbersPart
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.models import PolicyNumber, PolicyText
from sharing.policy import things
from sharing.policy.changing import RefusedChangeError
from tests.commands import run
from tests.example import DAY
from tests.factories.consent import PupilFactory, SchoolFactory
from tests.factories.policy import Kind, drafted, in_force
from tests.letters import codes_and_text

CHANGED = {"opening": TEXTS["opening"].usual.replace("We can share", "The council can share")}


def numbers(**changed):
    return NumbersPart(
        numbers={**{name: known.usual for name, known in NUMBERS.items()}, **changed}
    )


def letters(**changed):
    return LettersPart(texts={**{name: known.usual for name, known in TEXTS.items()}, **changed})


def exported():
    return json.loads(run("policy", "export").out)


@pytest.mark.django_db
def test_the_database_itself_keeps_numbers_and_texts_within_limits(db):
    for row in (
        PolicyNumber(key="report_days", number=31),
        PolicyNumber(key="nonsense", number=1),
        PolicyText(key="paper", text="No code."),
    ):
        with pytest.raises(DatabaseError, match="policy_"), transaction.atomic():
            row.save()


@pytest.mark.django_db
def test_numbers_and_texts_come_into_force_and_go_out_and_in_again(
    policy, officer, second_officer, write
):
    before = exported()
    assert "numbers" not in before
    both = {"by": officer, "second": second_officer}
    in_force(Kind.NUMBERS, numbers(report_days=20, code_days=60), **both)
    in_force(Kind.LETTERS, letters(**CHANGED, closing="Thank you."), **both)
    terms.forget()
    assert (terms.number("report_days"), terms.number("move_days")) == (20, 7)
    assert terms.text("closing") == "Thank you."
    document = exported()
    assert document["numbers"] == {"report_days": 20, "code_days": 60}
    assert set(document["letters"]) == {"opening", "closing"}
    ran = run("policy", "import", write(json.dumps(document), "p.json"))
    assert "Nothing has changed" in ran.out
    in_force(Kind.NUMBERS, numbers(), by=second_officer, second=officer)
    assert "numbers" not in exported()
    # A file of before has none of them: what is stored stays.
    assert run("policy", "import", write(json.dumps(before), "p.json")).code == 0
    assert set(exported()["letters"]) == {"opening", "closing"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"numbers": {"report_days": 90}}, "report_days: 90 is not possible"),
        ({"numbers": {"nonsense": 1}}, "'nonsense' is not one of"),
        ({"letters": {"paper": "Nothing"}}, "paper: The text must have the words"),
        ({"schools": [{"urn": "99", "name": "X"}]}, "schools[0].urn"),
        ({"schools": [{"urn": "990001", "name": "X", "successor": "990002"}]}, "no such school"),
        ({"schools": [{"urn": "990001", "name": "X"}] * 2}, "is also at [0]"),
        ({"recipients": [{
            "code": "x", "name": "X", "kind": "", "website": "javascript:alert(1)", "address": "",
            "opened": None, "closed": None, "successor": None,
        }]}, "must start with http:// or https://"),
    ],
)  # fmt: skip
def test_a_file_with_what_cannot_be_is_refused_with_its_place(policy, write, part, said):
    before = exported()
    ran = run("policy", "import", write(json.dumps({**before, **part}), "p.json"))
    assert ran.code == 2
    assert said in ran.said
    assert exported() == before


@pytest.mark.django_db
def test_a_letter_has_the_texts_of_the_policy_and_all_that_it_needs(
    policy, officer, second_officer
):
    both = {"by": officer, "second": second_officer}
    in_force(Kind.LETTERS, letters(**CHANGED, closing="Thank you for reading."), **both)
    terms.forget()
    pupil = PupilFactory(address="1 High Street", parent_address="1 High Street")
    [code], text = codes_and_text([pupil], officer)
    said = " ".join(text.split())
    assert "The council can share information about" in said
    assert "Thank you for reading." in said
    for needed in (code, "/opt-out/code/", "paper form", "by 21 February 2027", "1 High Street"):
        assert needed in said


@pytest.mark.django_db
def test_schools_are_added_closed_and_followed_and_go_out_and_in_again(
    policy, officer, second_officer, write
):
    both = {"by": officer, "second": second_officer}
    old = SchoolFactory(urn="990001", name="Old School")
    new = things.from_json(
        Kind.SCHOOL, {"urn": "990002", "name": "New School", "opened": "2027-09-01"}
    )
    in_force(Kind.SCHOOL, new, **both)
    closed = things.thing(Kind.SCHOOL, "990001").model_copy(
        update={"closed": DAY, "successor": "990002"}
    )
    in_force(Kind.SCHOOL, closed, **both)
    old.refresh_from_db()
    assert (old.closed_on, old.successor.name) == (DAY, "New School")
    assert not open_schools(DAY).exists()
    document = exported()
    assert document["schools"] == [
        {"urn": "990002", "name": "New School", "opened": "2027-09-01"},
        {"urn": "990001", "name": "Old School", "closed": "2026-11-23", "successor": "990002"},
    ]  # fmt: skip
    ran = run("policy", "import", write(json.dumps(document), "p.json"))
    assert "Nothing has changed" in ran.out


@pytest.mark.django_db
def test_a_school_with_pupils_is_not_taken_away(policy, officer):
    pupil = PupilFactory()
    with pytest.raises(RefusedChangeError, match="1 record of a pupil"):
        drafted(Kind.SCHOOL, None, by=officer, code=pupil.school.urn)
    with pytest.raises(DatabaseError, match="referred to"), transaction.atomic():
        School.objects.filter(pk=pupil.school_id)._raw_delete("default")


@pytest.mark.django_db
def test_forms_of_numbers_letters_and_schools_say_what_is_wrong(policy, client, officer):
    client.force_login(officer)
    usual = {name: str(known.usual) for name, known in NUMBERS.items()}
    address = "/staff/policy/numbers/numbers/change/"
    assert client.get(address).status_code == 200
    page = client.post(address, {**usual, "report_days": "45", "reason": "x"})
    assert "must be a number from 5 to 30" in page.text
    sent = client.post(address, {**usual, "report_days": "20", "reason": "x"})
    assert sent.status_code == 302
    assert "20 days" in client.get(sent.url).text
    address = "/staff/policy/letters/letters/change/"
    texts = {name: known.usual for name, known in TEXTS.items()}
    page = client.post(address, {**texts, "paper": "Nothing", "reason": "x"})
    assert "must have the words “paper form”" in page.text
    sent = client.post(address, {**texts, "closing": "Thank you.", "reason": "x"})
    assert sent.status_code == 302
    page = client.post("/staff/policy/add/schools/", {"urn": "12", "name": "X", "reason": "x"})
    assert "URN must be 6 digits" in page.text
    new = {"urn": "990003", "name": "X", "laestab": "3594001", "reason": "x"}
    sent = client.post("/staff/policy/add/schools/", new)
    assert sent.status_code == 302
    for kind in ("numbers", "letters"):
        page = client.get(f"/staff/policy/{kind}/", follow=True)
        assert "Draft a change" not in page.text
        assert "waits for a second officer" in page.text
