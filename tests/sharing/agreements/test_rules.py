"""What an agreement must say, when it is in force, what it is warned of (A1, A3, A4)."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest

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


@pytest.mark.parametrize("field", [term for term in TERMS if term != "form"])
def test_each_point_of_the_list_is_missed(field):
    empty = [] if isinstance(TERMS[field], list) else "" if isinstance(TERMS[field], str) else None
    gaps = agreement_rules.missing({**TERMS, field: empty}, special=True)
    assert [each.field for each in gaps] == [field]
    assert gaps[0].sentence


def test_a_complete_agreement_misses_nothing_and_no_months_are_a_period():
    assert agreement_rules.missing(TERMS, special=True) == []
    assert agreement_rules.missing({**TERMS, "retention_months": 0}, special=True) == []


def test_tables_of_counts_need_no_months_no_condition_and_no_way_of_sending():
    terms = {**TERMS, "retention_months": None, "special_category_condition": "", "sent_by": ""}
    assert agreement_rules.missing({**terms, "form": "aggregate"}, special=True) == []
    assert len(agreement_rules.missing(terms, special=True)) == 3
    assert len(agreement_rules.missing(terms, special=False)) == 2


ASSESSED = {
    **TERMS, "lawful_basis": "Article 6(1)(e)", "dpia_reference": "D-1",
    "dpia_outcome": "no-high-risk", "dpia_reason": "", "dpo_view": "agrees", "dpo_advice": "",
    "dpo_on": FIRST, "against_advice": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({}, []),
        ({"dpia_reference": ""}, ["dpia_reference"]),
        ({"dpia_outcome": ""}, ["dpia_outcome"]),
        ({"dpia_outcome": "", "dpia_reference": ""}, ["dpia_reference", "dpia_outcome"]),
        ({"dpia_outcome": "risk-accepted"}, ["dpia_reason"]),
        ({"dpia_outcome": "risk-accepted", "dpia_reason": "No other way."}, []),
        ({"dpia_outcome": "not-needed", "dpia_reference": ""}, ["dpia_reason"]),
        ({"dpia_outcome": "not-needed", "dpia_reference": "", "dpia_reason": "Few."}, []),
        ({"dpo_view": ""}, ["dpo_view"]),
        ({"dpo_on": None}, ["dpo_on"]),
        ({"dpo_view": "agrees-with-conditions"}, ["dpo_advice"]),
        ({"dpo_view": "agrees-with-conditions", "dpo_advice": "Only UPNs."}, []),
        ({"dpo_view": "advises-against"}, ["dpo_advice", "against_advice"]),
        ({"dpo_view": "advises-against", "dpo_advice": "No."}, ["against_advice"]),
        ({"dpo_view": "advises-against", "dpo_advice": "No.", "against_advice": "Law."}, []),
        ({"lawful_basis": "As we like"}, ["lawful_basis"]),
        ({"lawful_basis": ""}, ["lawful_basis"]),
        ({"lawful_basis": "6(1)(a) and 6(1)(c)"}, []),
        ({"lawful_basis": "x", "signs_for_council": ""}, ["lawful_basis", "signs_for_council"]),
        ({"lawful_basis": "x", "roles": "", "dpo_on": None}, ["roles", "lawful_basis", "dpo_on"]),
    ],
)
def test_whoever_signs_is_asked_for_article_6_the_assessment_and_the_view(change, fields):
    """A3: in the order of the pages on which they are answered."""
    gaps = agreement_rules.missing_to_sign({**ASSESSED, **change}, special=True)
    assert [gap.field for gap in gaps] == fields
    assert all(gap.sentence for gap in gaps)


def test_what_was_signed_without_them_is_not_incomplete():
    assert agreement_rules.missing(TERMS, special=True) == []
    unassessed = {**ASSESSED, "dpia_outcome": "", "dpo_view": "", "dpo_on": None}
    assert agreement_rules.missing(unassessed, special=True) == []


@pytest.mark.parametrize(
    ("change", "on"),
    [
        ({"terminated_on": FIRST}, FIRST),
        ({"terminated_on": FIRST, "signed_on": FIRST - DAY}, FIRST),
        ({"terminated_on": FIRST + DAY, "signed_on": FIRST + DAY}, FIRST + DAY),
        ({"starts": LAST, "terminated_on": LAST, "signed_on": FIRST}, LAST),
        ({"terminated_on": FIRST - DAY}, None),
        ({"terminated_on": FIRST + DAY}, None),
        ({}, None),
        ({"terminated_on": FIRST, "signed_on": None}, None),
        ({"terminated_on": LAST + DAY, "signed_on": LAST + DAY}, None),
    ],
)
def test_a_version_terminated_from_its_first_day_is_in_force_on_no_whole_day(change, on):
    version = replace(AGREEMENT, **change)
    assert agreement_rules.ended_on_first_day(version) == on
    assert on is None or agreement_rules.spans(version) == []


@pytest.mark.parametrize(
    ("change", "on", "expected"),
    [
        ({}, FIRST, Standing.IN_FORCE),
        ({}, LAST, Standing.IN_FORCE),
        ({}, LAST + DAY, Standing.EXPIRED),
        ({}, FIRST - DAY, Standing.SIGNED),
        ({"signed_on": None}, FIRST, Standing.COMPLETE),
        # Signed, and not yet started; started, and not yet signed by both.
        ({"signed_on": FIRST - 9 * DAY}, FIRST - DAY, Standing.SIGNED),
        ({"signed_on": FIRST + 9 * DAY}, FIRST + 8 * DAY, Standing.SIGNED),
        ({"signed_on": FIRST + 9 * DAY}, FIRST + 9 * DAY, Standing.IN_FORCE),
        ({"starts": LAST, "signed_on": LAST + DAY}, LAST + DAY, Standing.EXPIRED),
        ({"terminated_on": FIRST - DAY}, FIRST - DAY, Standing.TERMINATED),
        ({"terminated_on": LAST}, LAST + DAY, Standing.EXPIRED),
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


def random_version(rng):
    """Return a version with suspensions that do not touch, and a day on or beside which one of
    them begins or ends."""
    days = [FIRST + number * DAY for number in range(24)]
    turns = sorted(rng.sample(days, rng.randint(2, 6)))
    suspensions = [
        Suspension(first, last) for first, last in zip(turns[::2], turns[1::2], strict=False)
    ]
    if len(turns) % 2 and rng.random() < 0.5:
        suspensions.append(Suspension(turns[-1], None))
    suspensions += [Suspension(day, day - DAY) for day in rng.sample(days, rng.randint(0, 2))]
    version = replace(
        AGREEMENT,
        starts=rng.choice([FIRST, rng.choice(days)]),
        ends=rng.choice([days[-4], rng.choice(days)]),
        signed_on=rng.choice([FIRST, rng.choice(days)]),
        terminated_on=rng.choice([None, None, rng.choice(days)]),
        suspensions=tuple(suspensions),
    )
    return version, rng.choice(turns) + rng.randint(-1, 1) * DAY


def test_the_spans_of_the_bar_are_the_days_of_rule_a1():
    rng = Random(1)
    met = Counter()
    for _ in range(2000):
        version, on = random_version(rng)
        spans = agreement_rules.spans(version)
        assert all(before.last < after.first for before, after in pairwise(spans))
        standing = {span.suspended for span in spans if span.first <= on <= span.last}
        reasons = rules.agreement_reasons(version, on)
        met[tuple(reasons)] += 1
        if not reasons:
            assert standing == {False}
        elif reasons == [rules.Reason.SUSPENDED]:
            assert standing == {True}
        else:
            assert standing == set()
    assert met[()] > 200
    assert met[(rules.Reason.SUSPENDED,)] > 200


class TestSpans:
    """The bar of a signed version from 1 January to 31 December."""

    MARCH = Suspension(date(2026, 3, 1), date(2026, 3, 31))
    MAY = Suspension(date(2026, 5, 1), date(2026, 5, 31))

    def spans(self, **change):
        spans = agreement_rules.spans(replace(AGREEMENT, **change))
        return [(span.first, span.last, span.suspended) for span in spans]

    def test_one_span_without_suspensions(self):
        assert self.spans() == [(FIRST, LAST, False)]
        assert self.spans(signed_on=date(2026, 2, 1)) == [(date(2026, 2, 1), LAST, False)]
        assert self.spans(signed_on=FIRST - DAY) == [(FIRST, LAST, False)]

    def test_none_for_one_not_signed_or_terminated_before_it_began(self):
        assert self.spans(signed_on=None) == []
        assert self.spans(terminated_on=FIRST) == []
        assert self.spans(terminated_on=date.min) == []
        first_of_all = {"starts": date.min, "signed_on": date.min, "terminated_on": date.min}
        assert self.spans(**first_of_all) == []
        assert self.spans(terminated_on=FIRST + DAY) == [(FIRST, FIRST, False)]
        assert self.spans(terminated_on=LAST + 9 * DAY) == [(FIRST, LAST, False)]

    def test_the_last_of_all_days_has_none_after_it(self):
        open_ = Suspension(date(2026, 12, 1), None)
        spans = self.spans(ends=date.max, suspensions=(open_,))
        assert spans[-1] == (date(2026, 12, 1), date.max, True)

    def test_suspensions_stand_between_in_the_order_of_days(self):
        assert self.spans(suspensions=(self.MAY, self.MARCH)) == [
            (FIRST, date(2026, 2, 28), False),
            (date(2026, 3, 1), date(2026, 3, 31), True),
            (date(2026, 4, 1), date(2026, 4, 30), False),
            (date(2026, 5, 1), date(2026, 5, 31), True),
            (date(2026, 6, 1), LAST, False),
        ]

    def test_a_suspension_that_is_not_lifted_lasts_to_the_end(self):
        open_ = Suspension(date(2026, 12, 1), None)
        assert self.spans(suspensions=(open_,)) == [
            (FIRST, date(2026, 11, 30), False),
            (date(2026, 12, 1), LAST, True),
        ]
        assert self.spans(suspensions=(open_,), terminated_on=date(2026, 12, 10))[-1] == (
            date(2026, 12, 1),
            date(2026, 12, 9),
            True,
        )

    def test_only_the_part_of_a_suspension_in_the_agreements_time(self):
        assert self.spans(suspensions=(Suspension(FIRST - 9 * DAY, FIRST),)) == [
            (FIRST, FIRST, True),
            (FIRST + DAY, LAST, False),
        ]
        assert self.spans(suspensions=(Suspension(LAST, LAST + 9 * DAY),)) == [
            (FIRST, LAST - DAY, False),
            (LAST, LAST, True),
        ]

    def test_one_lifted_on_the_day_it_began_and_one_outside_are_left_out(self):
        at_once = Suspension(date(2026, 2, 1), date(2026, 1, 31))
        assert self.spans(suspensions=(at_once, self.MARCH))[:2] == [
            (FIRST, date(2026, 2, 28), False),
            (date(2026, 3, 1), date(2026, 3, 31), True),
        ]
        assert self.spans(suspensions=(Suspension(LAST + DAY, None),)) == [(FIRST, LAST, False)]


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


def test_what_is_warned_of_stands_in_the_order_of_its_codes():
    codes = [f"pupil.{letter}" for letter in "abcdefgh"]
    more = replace(AGREEMENT, items=AGREEMENT.items | set(codes))
    assert (Warn.ITEM_NOT_IN_NOTICE, *codes) in warnings(version=more)


def test_what_of_the_recipients_assurance_has_ended_is_warned_of():
    ended = ["Its registration ended.", "Its certificate ended."]
    assert warnings(ended=ended) == [(Warn.ASSURANCE_ENDED, *ended)]


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
    tomorrow = replace(closed, closed=date(2026, 6, 2))
    assert warnings(recipient=tomorrow) == [(Warn.RECIPIENT_CLOSES, "2 June 2026")]
    assert warnings(recipient=replace(closed, closed=LAST)) == [
        (Warn.RECIPIENT_CLOSES, f"{LAST.day} {LAST:%B %Y}")
    ]
    assert warnings(recipient=replace(closed, closed=LAST + timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("ends", "terminated", "outlasts"),
    [
        (0, None, True), (-1, None, False), (9, None, True), (9, 1, True), (9, 0, False), (9, -1, False),
    ],
)  # fmt: skip
def test_a_version_outlasts_the_closing_if_it_would_hold_on_that_day(ends, terminated, outlasts):
    day = date(2026, 6, 2)
    version = replace(
        AGREEMENT,
        ends=day + timedelta(days=ends),
        terminated_on=None if terminated is None else day + timedelta(days=terminated),
    )
    assert agreement_rules.outlasts(version, day) is outlasts


def test_what_a_signed_version_does_not_say_is_warned_of():
    gaps = agreement_rules.missing({**TERMS, "benefit": "", "deletion": ""}, special=True)
    assert warnings(gaps=gaps) == [
        (Warn.INCOMPLETE, "the benefits of sharing", "how the data is deleted")
    ]


@pytest.mark.parametrize(
    ("starts", "signed", "warned"),
    [
        (date(2025, 6, 1), date(2025, 6, 1), True),
        (date(2025, 6, 1), date(2025, 6, 2), False),
        (date(2025, 6, 2), date(2025, 6, 1), False),
        (date(2025, 6, 1), None, True),
        (date(2025, 6, 2), None, False),
    ],
)
def test_disuse_is_warned_of_once_it_has_been_in_force_for_a_year(starts, signed, warned):
    version = replace(AGREEMENT, starts=starts, signed_on=signed)
    assert warnings(version=version, use=Use(None)) == [(Warn.UNUSED,)] * warned
    part = Use(date(2026, 5, 31), frozenset({"pupil.upn"}))
    assert warnings(version=version, use=part) == [(Warn.ITEM_UNUSED, "pupil.sex")] * warned


def test_no_item_of_tables_of_counts_is_unused():
    old = replace(
        AGREEMENT, starts=date(2024, 1, 1), signed_on=date(2024, 1, 1), form=Form.AGGREGATE
    )
    assert warnings(version=old, use=Use(date(2026, 5, 31))) == []


def test_several_items_are_warned_of_together_in_the_order_of_their_codes():
    more = replace(AGREEMENT, items=frozenset({"pupil.upn", "pupil.sen", "pupil.address", "a.b"}))
    assert warnings(version=more) == [
        (Warn.ITEM_NOT_IN_NOTICE, "a.b", "pupil.address", "pupil.sen")
    ]


def test_every_warning_has_its_sentence():
    assert set(agreement_rules.WARNINGS) == set(Warn)
