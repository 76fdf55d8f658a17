"""Lists that the database keeps itself: what is not signed off, what is still to be deleted, and what each
agreement was used for, each the same as a search among all disclosures."""

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

import pytest
from django.db.models import Exists, OuterRef, Q

from privacy_portal.ground.row_counts import row_counts
from sharing.agreements.queries import use_of_agreements
from sharing.disclosures.queries import not_signed_off, unsigned
from sharing.models import Disclosure, DueDeletionCount, KeepingStep, SignOff, Undone
from sharing.review import destruction
from tests.example import DAY, NOON
from tests.logged import logged

pytestmark = pytest.mark.django_db

ELLA = UUID(int=1)
BY_PHONE = {"origin": "after-the-fact", "outcome": "refused", "out_of_line": True}


@pytest.fixture
def past(policy, officer, second_officer):
    """Disclosures of each kind, and what became of them."""

    def put(**columns):
        return logged([ELLA], by=officer, **columns)

    kept = [put(destroy_by=DAY - timedelta(days=number)) for number in range(6)]
    put(destroy_by=None)
    put(destroy_by=DAY, outcome="refused")
    put(agreement_version=None, recipient=None, **BY_PHONE)
    put(agreement_version=None, recipient=None, destroy_by=DAY, **BY_PHONE)
    put(destroy_by=DAY, direction="received")
    done = {"on": DAY, "at": NOON, "by": officer, "note": "By post"}
    KeepingStep.objects.create(disclosure=kept[0], kind="destroyed", **done)
    KeepingStep.objects.create(disclosure=kept[1], kind="reminded", **done)
    Undone.objects.create(disclosure=kept[2], at=NOON, why="Lost")
    for each in kept[2:4]:
        SignOff.objects.create(disclosure=each, at=NOON, by=second_officer)
    return kept


def pks(rows):
    return list(rows.values_list("pk", flat=True))


def searched():
    """What is to be deleted by the definition of R1, searched for."""
    destroyed = KeepingStep.objects.filter(disclosure=OuterRef("pk"), kind="destroyed")
    not_agreed = Q(destroy_by=None, agreement_version=None, out_of_line=True)
    return (
        Disclosure.objects.filter(~Exists(destroyed), Q(destroy_by__isnull=False) | not_agreed)
        .filter(undone=None)
        .exclude(outcome="refused", out_of_line=False)
    )


def test_what_is_to_be_deleted_is_what_a_search_finds(past):
    rows = sorted(searched(), key=lambda row: (bool(row.destroy_by), row.destroy_by or DAY, row.pk))
    expected = [row.pk for row in rows]
    assert len(expected) == 7
    assert pks(destruction.due()) == pks(destruction.outstanding()) == expected
    assert pks(destruction.due_undated()) == [row.pk for row in rows if row.destroy_by is None]
    overdue = [row.pk for row in rows if row.destroy_by and row.destroy_by < DAY]
    assert pks(destruction.due_before(DAY)) == overdue


def test_numbers_by_month_are_those_of_the_list(past, policy, officer):
    """Also of a job that adds them up meanwhile, and where all of a day are deleted."""

    def numbers():
        return {(each.month, each.number, each.overdue) for each in destruction.due_by_month(DAY)}

    def of_the_list():
        days = [row.destroy_by for row in destruction.due()]
        months = {day and day.replace(day=1) for day in days}
        return {
            (
                month,
                sum((day and day.replace(day=1)) == month for day in days),
                sum(day is not None and day.replace(day=1) == month and day < DAY for day in days),
            )
            for month in months
        }

    assert len(of_the_list()) == 2
    assert numbers() == of_the_list()
    assert destruction.sum_up_counts() > 0
    assert destruction.sum_up_counts() == 0
    assert numbers() == of_the_list()
    for each in list(destruction.due())[:4]:
        KeepingStep.objects.create(
            disclosure=each.disclosure,
            kind="destroyed",
            on=DAY,
            at=NOON,
            by=officer,
            note="By post",
        )
    logged([ELLA], by=officer, destroy_by=DAY + timedelta(days=90))
    assert len(of_the_list()) == 2
    assert numbers() == of_the_list()
    destruction.sum_up_counts()
    assert numbers() == of_the_list()
    assert DueDeletionCount.objects.count() == len({row.destroy_by for row in destruction.due()})


def test_what_is_not_signed_off_is_what_a_search_finds(past, officer):
    expected = pks(Disclosure.objects.filter(sign_off__isnull=True).order_by("pk"))
    assert len(expected) == 9
    assert pks(not_signed_off().order_by("pk")) == expected
    counts = row_counts({"all": unsigned(), "others": unsigned().exclude(by=officer)})
    assert counts == {"all": 9, "others": 0}


def test_pages_of_what_is_to_be_deleted_are_in_its_order(past, officer, client):
    client.force_login(officer)
    page = client.get("/staff/disclosures/keeping/").text
    assert "7 entries, 4 overdue" in page
    shown = [Disclosure.objects.get(pk=number).entry for number in pks(destruction.due())]
    places = [page.index(f"/staff/disclosures/{entry}/") for entry in shown]
    assert places == sorted(places)


def test_a_list_longer_than_a_page_is_split(policy, officer, client):
    for number in range(60):
        logged([ELLA], by=officer, destroy_by=DAY + timedelta(days=number % 7))
    client.force_login(officer)
    entries = []
    for number in (1, 2):
        page = client.get(f"/staff/disclosures/keeping/?page={number}").text
        entries += [row.entry for row in Disclosure.objects.all() if f"/{row.entry}/" in page]
    assert len(entries) == len(set(entries)) == 60


def test_what_agreements_were_used_for_is_what_a_search_finds(policy, officer):
    sets = [["pupil.surname"], ["pupil.phone", "pupil.surname"], []]
    for number in range(24):
        logged(
            [ELLA],
            by=officer,
            agreement=["WIG-CNX", "WIG-FFT"][number % 2],
            at=NOON - timedelta(days=60 * number),
            item_sets=[sets[number % 3]] if sets[number % 3] else [],
            outcome="refused" if number % 5 == 0 else "reduced",
        )
    logged([ELLA], by=officer, agreement_reference="", item_sets=[["pupil.upn"]])
    last, items = {}, defaultdict(set)
    since = DAY - timedelta(days=365)
    for row in Disclosure.objects.exclude(outcome="refused").exclude(agreement_reference=""):
        reference = row.agreement_reference
        last[reference] = max(row.on, last.get(reference, row.on))
        items[reference] |= set(row.item_sets[0] if row.item_sets and row.on > since else [])
    use = use_of_agreements(DAY)
    assert {reference: one.last for reference, one in use.items()} == last
    assert {reference: one.items for reference, one in use.items()} == items
