"""The sample of disclosures: stored when they are logged, and what the rule says of their entries."""

from importlib import import_module

import pytest
from django.db import connection

from notices.models import Item
from privacy_portal.ground.log.models import Entry
from privacy_portal.ground.log.verifying import LogBrokenError
from privacy_portal.ground.terms import current as terms
from sharing.auditing.verifying import verify_log
from sharing.disclosures.sample_rules import is_drawn
from sharing.models import Disclosure, SampledDisclosure
from tests.factories.sharing import DisclosureFactory
from tests.log_entries import entries, log_policy
from tests.recording import CALL, NOBODY, record

pytestmark = pytest.mark.django_db


def reasons():
    return {row.disclosure_id: row.reasons for row in SampledDisclosure.objects.all()}


def test_those_drawn_are_those_whose_hash_says_so(pupil, officer):
    terms.hold({"sample_one_in": 2}, {})
    logged = [DisclosureFactory(by=officer) for _ in range(12)]
    leaves = {entry.seq: bytes(entry.leaf) for entry in Entry.objects.all()}
    expected = {each.pk: ["drawn"] for each in logged if is_drawn(leaves[each.entry], 2)}
    assert reasons() == expected
    assert 0 < len(expected) < 12
    assert {entry["one_in"] for entry in entries("disclosure")} == {"2"}
    verify_log(lambda _: None)


def test_what_was_not_allowed_and_special_categories_are_always_in_it(policy, client, officer):
    client.force_login(officer)
    terms.hold({"sample_one_in": 100}, {})
    Item.objects.filter(code="pupil.phone").update(special_category=True)
    log_policy()
    told = record(client, **CALL, upns=NOBODY)
    assert reasons()[told.pk] == ["special-category", "not-allowed"]
    assert told.special_category
    assert entries("disclosure")[-1]["special_category"] == "yes"
    page = client.get(f"/staff/disclosures/{told.entry}/").text
    assert "In the sample: special category; not allowed." in page
    for choice, expected in [
        ("any", True),
        ("special-category", True),
        ("drawn", False),
        ("no", False),
    ]:
        page = client.get("/staff/disclosures/", {"sample": choice}).text
        assert (f"Log entry {told.entry}" in page) == expected, choice
    verify_log(lambda _: None)


@pytest.fixture
def ten_logged(pupil, officer):
    """Disclosures under the number that there was before the policy could set one."""
    return [DisclosureFactory(by=officer) for _ in range(10)]


def test_the_migration_samples_what_was_logged_before_by_the_same_rule(ten_logged):
    migration = import_module("sharing.migrations.0029_samples")
    Disclosure.objects.first()
    with connection.cursor() as cursor:
        cursor.execute(migration.WANTED_SQL)
        assert dict(cursor.fetchall()) == reasons()
    assert {disclosure.one_in for disclosure in ten_logged} == {10}
    assert "one_in" not in entries("disclosure")[-1]


def test_a_sample_that_is_not_what_the_hash_says_is_found(ten_logged):
    other = next(each for each in ten_logged if each.pk not in reasons())
    SampledDisclosure.objects.create(disclosure=other, reasons=["drawn"])
    with pytest.raises(LogBrokenError, match="differs from what was logged in sample"):
        verify_log(lambda _: None)
