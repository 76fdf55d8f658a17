"""Rows that no entry speaks of are found where they are too many, or lacking (L5)."""

from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from privacy_portal.ground.log import vouching
from privacy_portal.ground.log.verifying import LogBrokenError
from sharing.auditing.verifying import verify_log
from sharing.disclosures.beside import lists_fault
from sharing.disclosures.lines import next_disclosure_id
from sharing.review import destruction, signing_off
from tests.example import DAY, NOON
from tests.factories.sharing import DisclosureFactory
from tests.forms import PAPERS, SCAN, paper
from tests.logged import logged
from tests.tampering import past_the_guards

ELLA = UUID(int=1)
ADDED_OVERRIDE = """
INSERT INTO sharing_override (disclosure_id, ground, legal_ground, reason, at, by_id, erased)
SELECT id, 'legal-order', 'x', 'x', at, by_id, false FROM sharing_disclosure WHERE id = %s
"""
ADDED_LINE = """
INSERT INTO sharing_disclosureline (disclosure_id, row, person, item_set, outcome)
VALUES (%s, 1, gen_random_uuid(), 0, 0)
"""


def fault():
    with pytest.raises(LogBrokenError) as caught:
        verify_log(lambda size: None)
    return str(caught.value)


@pytest.fixture
def disclosures(policy, second_officer):
    """Three disclosures, of which the first is signed off; after it one was given up."""
    made = [DisclosureFactory()]
    signing_off.sign_off(made[0], note="", by=second_officer, at=NOON)
    next_disclosure_id()
    made += [DisclosureFactory(), DisclosureFactory()]
    assert verify_log(lambda size: None).size
    return made


@pytest.fixture(params=["few", "many"])
def rows(request, monkeypatch):
    """Whether the table has so few rows that the log check remembers their keys."""
    monkeypatch.setattr(vouching, "FEW", 20_000 if request.param == "few" else 0)


@pytest.mark.usefixtures("rows")
def test_an_override_of_a_disclosure_that_went_against_no_opt_out_is_found(disclosures):
    past_the_guards(ADDED_OVERRIDE, disclosures[0].pk)
    found = f"entry {disclosures[0].entry}: the override that is stored for it is not in it"
    assert fault() == found


@pytest.mark.usefixtures("rows")
def test_a_scan_added_to_a_decision_without_one_is_found(pupil, officer, client):
    client.force_login(officer)
    form = paper(pupil)
    assert (
        client.post(PAPERS, {**form, "scan": SimpleUploadedFile("a.pdf", SCAN)}).status_code == 302
    )
    assert client.post(PAPERS, paper(pupil, person_name="Ada Barlow")).status_code == 302
    assert verify_log(lambda size: None).size
    past_the_guards("UPDATE consent_scan SET decision_id = decision_id + 1")
    assert "the scan it vouches for is missing" in fault()
    past_the_guards("UPDATE consent_scan SET decision_id = decision_id - 1")
    past_the_guards(
        """INSERT INTO consent_scan (decision_id, file, content_type, bytes, sha256, erased)
        SELECT decision_id + 1, gen_random_uuid(), content_type, bytes, sha256, false FROM consent_scan"""
    )
    assert "the scan that is stored for it is not in it" in fault()


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_lines_of_no_disclosure_are_found(disclosures, place):
    first, last = disclosures[0].pk, disclosures[-1].pk
    number = {"before": -1, "between": first + 1, "after": last + 1_000_000}[place]
    past_the_guards(ADDED_LINE, number)
    assert fault() == f"lines of disclosure {number} are stored, but no such disclosure"


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM sharing_unsigneddisclosure WHERE disclosure_id = %s",
        "UPDATE sharing_unsigneddisclosure SET by_id = (SELECT max(id) FROM accounts_user) WHERE disclosure_id = %s",
        "UPDATE sharing_duedeletion SET destroy_by = destroy_by + 1 WHERE disclosure_id = %s",
        "UPDATE sharing_duedeletion SET destroy_by = NULL WHERE disclosure_id = %s",
        "DELETE FROM sharing_duedeletion WHERE disclosure_id = %s",
    ],
)  # fmt: skip
def test_a_list_that_the_database_keeps_is_as_it_should_be(policy, officer, second_officer, sql):
    number = [logged([ELLA], by=officer, destroy_by=DAY).pk for _ in range(3)][1]
    assert lists_fault() is None
    past_the_guards(sql, number)
    assert lists_fault().startswith("the list of d")
    assert lists_fault().endswith(f"is wrong about disclosure {number}")


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (
            "UPDATE sharing_duedeletioncount SET number = 4 WHERE destroy_by = %s",
            f"the number of data to delete by {DAY:%Y-%m-%d} is wrong",
        ),
        (
            "UPDATE sharing_duedeletioncount SET destroy_by = NULL WHERE destroy_by = %s",
            f"the number of data to delete by {DAY:%Y-%m-%d} is wrong",
        ),
        (
            "DELETE FROM sharing_duedeletioncount WHERE destroy_by = %s",
            f"the number of data to delete by {DAY:%Y-%m-%d} is wrong",
        ),
        (
            "DELETE FROM sharing_uncountedsignoff WHERE %s IS NOT NULL",
            "the number of disclosures that are signed off is wrong",
        ),
    ],
)
def test_a_number_that_the_database_keeps_is_as_it_should_be(
    policy, officer, second_officer, sql, found
):
    made = [logged([ELLA], by=officer, destroy_by=DAY) for _ in range(3)]
    signing_off.sign_off(made[0], note="", by=second_officer, at=NOON)
    destruction.sum_up_counts()
    assert lists_fault() is None
    past_the_guards(sql, DAY)
    assert lists_fault() == found


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO sharing_unsigneddisclosure SELECT id, by_id FROM sharing_disclosure WHERE id = %s",
        "UPDATE sharing_unsigneddisclosure SET disclosure_id = %s WHERE disclosure_id > 0",
    ],
)
def test_what_is_signed_off_is_not_on_the_list(disclosures, sql):
    past_the_guards(
        "DELETE FROM sharing_unsigneddisclosure WHERE disclosure_id = %s", disclosures[1].pk
    )
    past_the_guards(sql, disclosures[0].pk)
    assert (
        fault()
        == f"the list of disclosures to sign off is wrong about disclosure {disclosures[0].pk}"
    )
