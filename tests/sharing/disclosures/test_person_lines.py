"""In which disclosures something was shared about a person: the same whether or not a job indexed it yet."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from sharing.disclosures import person_lines
from sharing.disclosures.person_lines import index_fault, index_lines, shared_about
from sharing.models import DisclosureLine, PersonLine, PersonLineMark, Restriction, Undone
from tests.example import DAY, NOON
from tests.logged import logged
from tests.tampering import past_the_guards

pytestmark = pytest.mark.django_db

ELLA, TWO, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)


def listed(*people, **window):
    return shared_about(people or [ELLA], on=DAY, **{"size": 50, **window})


def numbers(part):
    return {group.recipient: group.count for group in part.groups}


@pytest.fixture
def six(policy, officer):
    """Six files: three to Connexions, two to FFT and one to nobody on the list of organisations."""
    agreements = ["WIG-CNX", "WIG-FFT", "WIG-CNX", "WIG-CNX", "WIG-FFT"]
    files = [logged([OTHER, ELLA], by=officer, agreement=one) for one in agreements]
    by_phone = {"origin": "after-the-fact", "outcome": "refused", "out_of_line": True}
    return [*files, logged([ELLA], by=officer, recipient=None, **by_phone)]


@pytest.mark.parametrize("indexed", range(7))
def test_nothing_is_missed_however_far_the_job_has_come(six, indexed):
    if indexed:
        for each in six[:indexed]:
            PersonLine.objects.create(
                person=ELLA, entry=each.entry, recipient=each.recipient_id or 0, item_set=0
            )
        PersonLineMark.objects.create(entry=six[indexed - 1].entry, at=NOON)
    part = listed()
    assert list(part.entries) == [each.entry for each in reversed(six)]
    assert numbers(part) == {six[0].recipient_id: 3, six[1].recipient_id: 2, 0: 1}
    assert [group.newest for group in part.groups] == [six[5].entry, six[4].entry, six[3].entry]


def test_the_job_indexes_each_line_once_and_goes_on_where_it_ended(six, officer, monkeypatch):
    before = listed()
    monkeypatch.setattr(person_lines, "ROWS", 4)
    assert index_lines(at=NOON) == 11
    assert PersonLineMark.objects.count() > 1
    assert index_lines(at=NOON) == 0
    assert listed() == before
    late = logged([ELLA, ELLA, None], by=officer)
    assert listed().entries.keys() == {*before.entries, late.entry}
    assert index_lines(at=NOON) == 1
    assert PersonLine.objects.filter(person=ELLA).count() == 7


def test_a_file_larger_than_a_portion_is_indexed_all_the_same(policy, officer, monkeypatch):
    monkeypatch.setattr(person_lines, "ROWS", 1)
    logged([ELLA, TWO, OTHER], by=officer)
    assert index_lines(at=NOON) == 3


def test_what_is_indexed_after_the_mark_was_read_counts_once(six, monkeypatch):
    before = listed()
    index_lines(at=NOON)
    monkeypatch.setattr(person_lines, "_mark", lambda: -1)
    assert listed() == before


def test_rows_that_shared_nothing_are_not_in_it(policy, officer):
    refused = logged([], by=officer)
    DisclosureLine.objects.create(disclosure=refused, row=1, person=ELLA, outcome=2, reason=7)
    assert listed() == listed(OTHER)
    assert index_lines(at=NOON) == 0
    assert not listed().groups


def test_several_references_of_one_person_are_one_list(policy, officer):
    both = logged([ELLA, TWO], by=officer)
    one = logged([TWO], by=officer)
    for _ in range(2):
        part = listed(ELLA, TWO)
        assert list(part.entries) == [one.entry, both.entry]
        assert numbers(part) == {both.recipient_id: 2}
        index_lines(at=NOON)


@pytest.mark.parametrize("indexed", [False, True])
def test_what_did_not_leave_or_is_withheld_is_not_counted(six, officer, indexed):
    if indexed:
        index_lines(at=NOON)
    Undone.objects.create(disclosure=six[0], at=NOON, why="Lost")
    held = {"disclosure": six[1], "ground": "Court order", "at": NOON, "by": officer}
    Restriction.objects.create(until=DAY, **held)
    part = listed()
    assert list(part.entries) == [each.entry for each in reversed(six[2:])]
    assert numbers(part) == {six[0].recipient_id: 2, six[1].recipient_id: 1, 0: 1}
    assert part.withheld == {six[1].entry: DAY}
    Restriction.objects.create(until=DAY - timedelta(days=1), **held)
    assert six[1].entry in listed().entries
    assert not listed().withheld


def test_a_part_of_it_is_read_from_either_end_and_for_one_organisation(six):
    entries = [each.entry for each in reversed(six)]
    assert list(listed(size=2).entries) == entries[:2]
    assert list(listed(size=2, below=entries[1]).entries) == entries[2:4]
    assert list(listed(size=2, above=entries[4], oldest=True).entries) == entries[2:4]
    assert list(listed(recipient=six[1].recipient_id).entries) == [six[4].entry, six[1].entry]
    assert numbers(listed(recipient=six[1].recipient_id, size=1)) == numbers(listed())


def test_it_takes_two_queries(six, django_assert_num_queries):
    with django_assert_num_queries(2):
        listed()


def test_the_index_is_only_added_to(six):
    index_lines(at=NOON)
    for change in (PersonLine.objects.all().delete, PersonLineMark.objects.all().delete):
        with pytest.raises(IntegrityError, match="only ever added"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sharing_personline WHERE entry = (SELECT max(entry) FROM sharing_personline)",
        "INSERT INTO sharing_personline SELECT person, entry, recipient, 7 FROM sharing_personline LIMIT 1",
        "UPDATE sharing_personline SET person = gen_random_uuid() WHERE item_set = 0 AND recipient = 0",
    ],
)
def test_an_index_that_says_otherwise_than_the_lines_is_found(six, statement):
    assert index_fault() is None
    index_lines(at=NOON)
    assert index_fault() is None
    past_the_guards(statement)
    assert "the index of pupils' lists differs from the lines of entry" in index_fault()
