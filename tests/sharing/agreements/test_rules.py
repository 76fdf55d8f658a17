"""What an agreement must say, when it is in force, what it is warned of (A1, A3, A4)."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from notices.rules import Notice
from sharing import rules
from sharing.agreements import rules as agreement_rules
from sharing.agreements.rules import Standing, Use, Warn
from sharing.rules import Agreement, Form, Recipient, Suspension

DAY = timedelta(days=1)
FIRST = date(2026, 1, 1)
LAST = date(2026, 12, 31)
TERMS = {
    "form": "named", "roles": "r", "contact_name": "c", "contact_email": "c@example.org",
    "purposes": ["p"], "benefit": "b", "items": ["i"], "special_category_condition": "s",
    "lawful_basis": "l", "legal_gateway": "g", "access": "a", "transfer": "t", "sent_by": "zip",
    "security": "s", "retention_months": 12, "deletion": "d", "rights": "r",
    "review_on": LAST, "at_end": "e", "signs_for_council": "x", "signs_for_recipient": "y",
}  # fmt: skip
AGREEMENT = Agreement(
    reference="A-1",
    version=1,
    recipient="fft",
    audience="pupil",
    form=Form.NAMED,
    purposes=frozenset({"analysis"}),
    items=frozenset({"pupil.upn", "pupil.sex"}),
    schools=None,
    starts=FIRST,
    ends=LAST,
    signed_on=FIRST,
)
FFT = Recipient("fft", None, None)
NOTICE = Notice("pupils", 1, {("fft", "analysis"): frozenset({"pupil.upn", "pupil.sex"})})


@pytest.mark.parametrize("field", [each for each in TERMS if each != "form"])
def test_each_point_of_the_list_is_missed(field):
    empty = [] if isinstance(TERMS[field], list) else "" if isinstance(TERMS[field], str) else None
    found = agreement_rules.missing({**TERMS, field: empty}, special=True)
    assert [each.field for each in found] == [field]
    assert found[0].sentence


def test_a_complete_agreement_misses_nothing_and_no_months_are_a_period():
    assert agreement_rules.missing(TERMS, special=True) == []
    assert agreement_rules.missing({**TERMS, "retention_months": 0}, special=True) == []


def test_tables_of_counts_need_no_months_no_condition_and_no_way_of_sending():
    terms = {**TERMS, "retention_months": None, "special_category_condition": "", "sent_by": ""}
    assert agreement_rules.missing({**terms, "form": "aggregate"}, special=True) == []
    assert len(agreement_rules.missing(terms, special=True)) == 3
    assert len(agreement_rules.missing(terms, special=False)) == 2


@pytest.mark.parametrize(
    ("change", "on", "expected"),
    [
        ({}, FIRST, Standing.IN_FORCE),
        ({}, LAST, Standing.IN_FORCE),
        ({}, LAST + DAY, Standing.EXPIRED),
        ({}, FIRST - DAY, Standing.SIGNED),
        ({"signed_on": None}, FIRST, Standing.COMPLETE),
        ({"terminated_on": date(2026, 6, 1)}, date(2026, 6, 1), Standing.TERMINATED),
        ({"terminated_on": date(2026, 6, 1)}, date(2026, 5, 31), Standing.IN_FORCE),
        ({"suspensions": (Suspension(FIRST, None),)}, LAST, Standing.SUSPENDED),
        ({"suspensions": (Suspension(FIRST, FIRST),)}, FIRST + DAY, Standing.IN_FORCE),
        ({"suspensions": (Suspension(FIRST, FIRST - DAY),)}, FIRST, Standing.IN_FORCE),
        ({"suspensions": (Suspension(FIRST, FIRST - DAY),)}, FIRST - DAY, Standing.SIGNED),
    ],
)
def test_how_a_version_stands(change, on, expected):
    version = replace(AGREEMENT, **change)
    assert agreement_rules.standing(version, [version], on, complete=True) is expected


def test_a_draft_that_misses_something_is_not_ready_and_a_higher_version_replaces():
    draft = replace(AGREEMENT, version=2, signed_on=None)
    both = [AGREEMENT, draft]
    assert agreement_rules.standing(draft, both, FIRST, complete=False) is Standing.DRAFT
    assert agreement_rules.standing(AGREEMENT, both, FIRST, complete=True) is Standing.IN_FORCE
    later = [AGREEMENT, replace(AGREEMENT, version=2)]
    assert agreement_rules.standing(AGREEMENT, later, FIRST, complete=True) is Standing.REPLACED


days = st.dates(FIRST - 40 * DAY, LAST + 40 * DAY)


@given(
    starts=days,
    ends=days,
    signed=days,
    terminated=st.none() | days,
    suspended=st.lists(st.tuples(days, st.none() | days), max_size=3),
    lifted_at_once=st.lists(days, max_size=2),
    on=days,
)
def test_the_spans_of_the_bar_are_the_days_of_rule_a1(
    starts, ends, signed, terminated, suspended, lifted_at_once, on
):
    taken = date.min
    suspensions = []
    for first, last in sorted(suspended, key=lambda each: each[0]):
        if first > taken and (last is None or last >= first):
            suspensions.append(Suspension(first, last))
            taken = last or date.max
    suspensions += [Suspension(first, first - DAY) for first in lifted_at_once]
    version = replace(
        AGREEMENT,
        starts=starts,
        ends=ends,
        signed_on=signed,
        terminated_on=terminated,
        suspensions=tuple(suspensions),
    )
    spans = agreement_rules.spans(version)
    holding = [each for each in spans if each.first <= on <= each.last]
    reasons = rules.agreement_reasons(version, on)
    assert bool(holding and not holding[0].suspended) == (not reasons)
    assert bool(holding and holding[0].suspended) == (reasons == [rules.Reason.SUSPENDED])
    assert len(holding) <= 1
    assert all(a.last < b.first for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("left", "expected"),
    [(91, None), (90, 90), (31, 90), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)],
)
def test_reminders_90_30_and_7_days_before_the_end(left, expected):
    assert agreement_rules.nearest_reminder(LAST, LAST - left * DAY) == expected


def warnings(**change):
    known = {
        "recipient": FFT,
        "notice": NOTICE,
        "use": Use(FIRST, frozenset({"pupil.upn", "pupil.sex"})),
        "review_on": None,
        "gaps": [],
        "renewed": False,
        "on": date(2026, 6, 1),
    }
    version = change.pop("version", AGREEMENT)
    found = agreement_rules.warnings(version, **{**known, **change})
    assert all(each.sentence for each in found)
    return [(each.kind, *each.about) for each in found]


def test_nothing_is_warned_of_where_all_agrees():
    assert warnings() == []


def test_what_no_notice_in_force_names_is_warned_of():
    more = replace(
        AGREEMENT,
        items=AGREEMENT.items | {"pupil.sen"},
        purposes=AGREEMENT.purposes | {"careers"},
    )
    assert warnings(version=more) == [
        (Warn.PURPOSE_NOT_IN_NOTICE, "careers"),
        (Warn.ITEM_NOT_IN_NOTICE, "pupil.sen"),
    ]
    assert warnings(notice=None) == [(Warn.NO_NOTICE,)]
    assert warnings(notice=Notice("pupils", 1, {})) == [(Warn.PURPOSE_NOT_IN_NOTICE, "analysis")]


def test_what_is_not_used_for_a_year_is_warned_of_once_it_is_a_year_old():
    old = replace(AGREEMENT, starts=date(2024, 1, 1), signed_on=date(2024, 1, 1))
    assert warnings(use=Use(None)) == []
    assert warnings(version=old, use=Use(None)) == [(Warn.UNUSED,)]
    assert warnings(version=old, use=Use(date(2025, 6, 1))) == [(Warn.UNUSED,)]
    assert warnings(version=old, use=Use(date(2025, 6, 2), frozenset({"pupil.upn"}))) == [
        (Warn.ITEM_UNUSED, "pupil.sex")
    ]


def test_the_end_a_review_and_a_closed_organisation_are_warned_of():
    assert warnings(on=LAST) == [(Warn.ENDS_SOON,)]
    assert warnings(on=LAST, renewed=True) == []
    assert warnings(review_on=date(2026, 6, 1)) == [(Warn.REVIEW_PAST,)]
    assert warnings(review_on=date(2026, 6, 2)) == []
    closed = Recipient("fft", None, date(2026, 6, 1))
    assert warnings(recipient=closed) == [(Warn.RECIPIENT_CLOSED,)]
