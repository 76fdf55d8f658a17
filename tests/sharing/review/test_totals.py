"""Totals of the disclosure log are those of the list behind them, whatever was counted before (K1)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings, strategies as st

from privacy_portal.ground.accounts.models import User
from sharing.models import (
    CountedStretch,
    Disclosure,
    SignedCount,
    SignOff,
    StretchCount,
    UncountedSignOff,
    Undone,
)
from sharing.review.desk import stretches, totals
from sharing.review.desk.filters import SAMPLE, DisclosureFilter
from sharing.review.desk.result_rules import NO_ROWS, WORDS, result_of
from sharing.review.desk.totals import Totals, kind_of, rows_in, totals_of
from tests.example import NOON
from tests.lengths import examples
from tests.sharing.review.world import MONTH_ENDS, NUMBERS, REFERENCES, ROWS

pytestmark = pytest.mark.django_db


def filtered(**parameters):
    query = QueryDict(mutable=True)
    query.update(parameters)
    return DisclosureFilter(
        query or None, Disclosure.objects.all(), user=User.objects.officers().first()
    )


def of_the_list(log):
    """The totals by the list itself, one entry after the other."""
    rows, results = NO_ROWS, {}
    entries = list(log.rows.select_related("undone"))
    for entry in entries:
        result = result_of(kind_of(entry))
        results[result] = results.get(result, 0) + 1
        rows += rows_in(entry) or NO_ROWS
    return Totals(len(entries), results, rows)


def same(one, other):
    assert (one.entries, dict(one.results), one.rows) == (
        other.entries, dict(other.results), other.rows
    )  # fmt: skip


DAYS = st.dates(MONTH_ENDS.date() - timedelta(days=45), MONTH_ENDS.date() + timedelta(days=45))
CHOICES = {
    "recipient": st.sampled_from(["connexions", "alkemygold", "fft"]),
    "agreement": st.sampled_from(REFERENCES),
    "purpose": st.sampled_from(["careers-guidance", "performance-analysis"]),
    "outcome": st.sampled_from([result.value for result in WORDS]),
    "signed_off": st.sampled_from(["yes", "no", "mine"]),
    "sample": st.sampled_from([value for value, _ in SAMPLE]),
    "questions": st.sampled_from(["open", "answered"]),
    "school": st.just("990001"),
    "words": st.sampled_from(["wig", "alk"]),
    "officer": st.sampled_from([0, 1]),
    "first": DAYS,
    "last": DAYS,
    "dates": st.just("shared"),
}
OFTEN = ["outcome", "sample", "signed_off", "first", "last", "officer"]
FILTERS = st.one_of(
    st.fixed_dictionaries({}, optional=CHOICES),
    st.fixed_dictionaries({}, optional={name: CHOICES[name] for name in OFTEN}),
)


def test_totals_are_those_of_the_list_for_any_filters(log):
    assert CountedStretch.objects.count() == NUMBERS // 8
    assert Disclosure.objects.filter(entry__gt=CountedStretch.objects.last().last).count() == 4
    assert 0 < SignedCount.objects.aggregate(all=Sum("entries"))["all"] < SignOff.objects.count()
    assert Undone.objects.filter(disclosure__sign_off__isnull=False).count() > 4
    told = []

    @settings(
        max_examples=examples(120, 600),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(FILTERS)
    def check(chosen):
        sent = dict(chosen)
        for name in ("first", "last"):
            if day := sent.pop(name, None):
                sent |= {f"{name}_0": day.day, f"{name}_1": day.month, f"{name}_2": day.year}
        if "officer" in sent:
            sent["officer"] = log[sent["officer"]].pk
        desk = filtered(**sent)
        assert desk.valid, desk.bound.errors
        same(totals_of(desk), of_the_list(desk))
        told.append(of_the_list(desk).entries)

    check()
    assert max(told) == NUMBERS
    assert len(set(told)) > 10


def test_a_stretch_is_counted_once_and_is_as_long_as_all_others(log):
    counts = {
        each.pk: sum(each.counts.values_list("entries", flat=True))
        for each in CountedStretch.objects.all()
    }
    assert set(counts.values()) == {8}
    assert stretches.count_due(at=NOON) == 0
    again = StretchCount.objects.values(*StretchCount.ALIKE, "stretch_id", "entries").first()
    with pytest.raises(IntegrityError), transaction.atomic():
        StretchCount.objects.create(**again, **dict.fromkeys(ROWS, 0))


def test_a_sign_off_is_counted_once_and_wherever_there_are_enough(log):
    def numbers():
        counted = SignedCount.objects.aggregate(all=Sum("entries"))["all"]
        return counted, UncountedSignOff.objects.count()

    counted, rest = numbers()
    assert counted % 8 == 0
    assert counted + rest == SignOff.objects.count()
    assert stretches.count_signed() == rest // 8
    assert numbers() == (counted + rest - rest % 8, rest % 8)
    assert stretches.count_signed() == 0
    same(totals_of(filtered(signed_off="yes")), of_the_list(filtered(signed_off="yes")))


def test_what_stretches_do_not_tell_is_counted_up_to_a_number(log, client, officer, monkeypatch):
    desk = filtered(school="990001")
    same(totals_of(desk, at_most=of_the_list(desk).entries), of_the_list(desk))
    assert totals_of(desk, at_most=of_the_list(desk).entries - 1) is None
    for told in ({}, {"signed_off": "yes"}, {"outcome": "refused"}):
        same(totals_of(filtered(**told), at_most=1), of_the_list(filtered(**told)))
    monkeypatch.setattr("sharing.review.desk.views.MOST", 2)
    client.force_login(officer)
    page = client.get("/staff/disclosures/?school=990001").text
    assert "More than 2 entries" in page
    assert 'href="/staff/disclosures/?school=990001&amp;count=all">Count them all</a>' in page
    page = client.get("/staff/disclosures/?school=990001&count=all").text
    assert f"{of_the_list(desk).entries} entries" in page
    assert 'name="filters" value="school=990001"' in page


def test_a_filter_with_an_error_has_no_entries(log):
    desk = filtered(first_0="99", first_1="1", first_2="2026")
    assert totals_of(desk) == Totals(0, {}, NO_ROWS)
    assert totals_of(filtered(words="!")) == Totals(0, {}, NO_ROWS)


def test_two_queries_at_most_tell_the_totals_of_a_log_of_any_length(log):
    desk = filtered(sample="any", first_0="5", first_1="10", first_2="2026", signed_off="yes")
    assert desk.valid
    with CaptureQueriesContext(connection) as captured:
        totals_of(desk)
    assert len(captured) == 1
    desk = filtered(sample="any", first_0="5", first_1="10", first_2="2026")
    assert desk.valid
    with CaptureQueriesContext(connection) as captured:
        totals_of(desk)
    assert len(captured) == 2
    assert totals.MOST == 5_000
