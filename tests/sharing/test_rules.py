"""Deciding (A1 and D): truth tables and properties of the pure functions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.rules import Default, Scheme
from notices.rules import Notice
from sharing import row_decision_rules, rules
from sharing.row_decision_rules import RowFacts
from sharing.rules import Agreement, Form, Item, Outcome, Policy, Reason, Recipient

ON = date(2026, 11, 23)
ITEMS = {
    code: Item(code, identifying=code == "upn", special_category=code == "sen")
    for code in ("upn", "surname", "phone", "sen", "secret")
}
AGREEMENT = Agreement(
    "REF", 1, "cnx", "pupil", Form.NAMED, frozenset({"careers"}),
    frozenset({"upn", "surname", "phone", "sen"}), None, date(2025, 9, 1), date(2028, 8, 31),
    date(2025, 9, 1),
)  # fmt: skip
SCHEME = Scheme("cnx", frozenset(), Default.SHARE, 13, 20, 16, frozenset({"surname"}))
POLICY = Policy(
    agreement=AGREEMENT,
    recipient=Recipient("cnx", date(2001, 4, 1), None),
    notice=Notice("pupils", 3, {("cnx", "careers"): frozenset({"upn", "surname", "phone", "sen"})}),
    scheme=SCHEME,
    purpose="careers",
    on=ON,
)
WHOLE = RowFacts(True, True, surname="barlow", born=date(2011, 1, 1), school="990001")


def columns(*codes, policy=POLICY):
    return rules.decide_columns(policy, [(code, ITEMS.get(code)) for code in codes])


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"signed_on": None}, [Reason.NOT_SIGNED]),
        ({"signed_on": ON}, []),
        ({"signed_on": ON + timedelta(1)}, [Reason.NOT_SIGNED]),
        ({"starts": ON}, []),
        ({"starts": ON + timedelta(1)}, [Reason.NOT_STARTED]),
        ({"ends": ON}, []),
        ({"ends": ON - timedelta(1)}, [Reason.EXPIRED]),
        ({"terminated_on": ON}, [Reason.TERMINATED]),
        ({"terminated_on": ON + timedelta(1)}, []),
        ({"suspensions": (rules.Suspension(ON, ON),)}, [Reason.SUSPENDED]),
        ({"suspensions": (rules.Suspension(ON, None),)}, [Reason.SUSPENDED]),
        ({"suspensions": (rules.Suspension(ON - timedelta(9), ON - timedelta(1)),)}, []),
        ({"form": Form.AGGREGATE}, [Reason.FORM_MISMATCH]),
        ({"purposes": frozenset()}, [Reason.PURPOSE_NOT_COVERED]),
    ],
)
def test_an_agreement_is_in_force_on_its_days_only(change, reasons):
    agreement = replace(AGREEMENT, **change)
    assert rules.request_reasons(replace(POLICY, agreement=agreement)) == reasons


@pytest.mark.parametrize(
    ("opened", "closed", "is_open"),
    [
        (None, None, True), (ON, None, True), (ON + timedelta(1), None, False),
        (None, ON, False), (None, ON + timedelta(1), True),
    ],
)  # fmt: skip
def test_a_recipient_is_open_until_the_day_before_it_closed(opened, closed, is_open):
    reasons = rules.request_reasons(replace(POLICY, recipient=Recipient("cnx", opened, closed)))
    assert reasons == ([] if is_open else [Reason.RECIPIENT_NOT_OPEN])


def test_every_reason_against_a_request_is_listed_in_the_rulebooks_order():
    policy = replace(
        POLICY,
        agreement=replace(
            AGREEMENT, signed_on=None, starts=ON + timedelta(1), ends=ON - timedelta(1),
            terminated_on=ON, suspensions=(rules.Suspension(ON, ON),), form=Form.AGGREGATE,
        ),
        recipient=Recipient("cnx", None, ON),
        purpose="other",
    )  # fmt: skip
    order = list(Reason)
    reasons = rules.request_reasons(policy)
    assert reasons == sorted(reasons, key=order.index)
    assert len(reasons) == 9
    assert rules.request_reasons(replace(policy, notice=None))[-2] is Reason.NO_NOTICE
    assert rules.request_reasons(replace(policy, agreement=None)) == [Reason.NO_AGREEMENT]


def test_of_several_versions_the_highest_whose_dates_hold_the_day_answers():
    first = replace(AGREEMENT, version=1)
    second = replace(AGREEMENT, version=2, terminated_on=ON)
    future = replace(AGREEMENT, version=3, starts=ON + timedelta(1))
    assert rules.version_for([first, second, future], ON) is second
    assert rules.version_for([first, future], ON) is first
    assert rules.version_for([future], ON) is future
    assert rules.version_for([], ON) is None


def test_the_first_reason_that_holds_leaves_a_column_out():
    pseudonymised = replace(POLICY, agreement=replace(AGREEMENT, form=Form.PSEUDONYMISED))
    notice = Notice("pupils", 3, {("cnx", "careers"): frozenset({"upn"})})
    assert [c.reason for c in columns("nonsense", "secret", "upn")] == [
        Reason.UNKNOWN_ITEM, Reason.NOT_IN_AGREEMENT, None,
    ]  # fmt: skip
    assert (
        columns("phone", policy=replace(POLICY, notice=notice))[0].reason
        is Reason.ITEM_NOT_IN_NOTICE
    )
    assert [c.reason for c in columns("upn", "phone", policy=pseudonymised)] == [
        Reason.IDENTIFYING,
        None,
    ]


def test_a_column_is_released_or_withheld():
    outcomes = [column.outcome for column in columns("phone", "secret")]
    assert outcomes == [Outcome.RELEASED, Outcome.WITHHELD]


def test_approval_is_needed_for_a_special_category_that_is_permitted():
    assert rules.needs_approval(columns("upn", "sen"), ITEMS)
    assert not rules.needs_approval(columns("upn", "phone", "nonsense"), ITEMS)
    narrow = replace(POLICY, agreement=replace(AGREEMENT, items=frozenset({"upn"})))
    assert not rules.needs_approval(columns("upn", "sen", policy=narrow), ITEMS)


ROWS = [
    ({"upn_valid": False, "on_roll": False}, Reason.INVALID_UPN),
    ({"on_roll": False}, Reason.UNKNOWN_PUPIL),
    ({"stood_before": True}, Reason.DUPLICATE),
    ({"given_surname": "other"}, Reason.DETAILS_DIFFER),
    ({"given_born": date(2011, 1, 2)}, Reason.DETAILS_DIFFER),
    ({"born_unreadable": True}, Reason.DETAILS_DIFFER),
    ({"school": "990009"}, Reason.OUTSIDE_SCHOOLS),
    ({"born": date(2013, 11, 24)}, Reason.TOO_YOUNG),
    ({"born": date(2013, 11, 23)}, None),
    ({"born": date(2006, 11, 23)}, Reason.TOO_OLD),
    ({"born": date(2006, 11, 24)}, None),
    ({"born": date(2006, 11, 23), "supported_to_25": True}, None),
    ({"born": date(2001, 11, 23), "supported_to_25": True}, Reason.TOO_OLD),
    ({"given_surname": "barlow", "given_born": date(2011, 1, 1)}, None),
]
LIMITED = row_decision_rules.row_rules(
    replace(POLICY, agreement=replace(AGREEMENT, schools=frozenset({"990001"}))),
    columns("upn", "surname"),
)


@pytest.mark.parametrize(("change", "reason"), ROWS)
def test_a_row_is_withheld_for(change, reason):
    assert row_decision_rules.decide_row(LIMITED, WHOLE._replace(**change)).reason is reason


# Each in the order of the rulebook, with a change that gives this reason and no other.
REASONS = [
    ({"upn_valid": False}, Reason.INVALID_UPN),
    ({"on_roll": False}, Reason.UNKNOWN_PUPIL),
    ({"stood_before": True}, Reason.DUPLICATE),
    ({"given_surname": "other"}, Reason.DETAILS_DIFFER),
    ({"school": "990009"}, Reason.OUTSIDE_SCHOOLS),
    ({"born": date(2020, 1, 1)}, Reason.TOO_YOUNG),
    ({"opted_out": True}, Reason.OPTED_OUT),
    ({"objected": True}, Reason.OBJECTED),
]
WITHOUT_BASIC = replace(LIMITED, any_basic=False)


@pytest.mark.parametrize("first", range(len(REASONS)))
def test_the_first_reason_that_holds_is_the_one_given(first):
    together = {}
    for change, reason in reversed(REASONS[first:]):
        assert (
            row_decision_rules.decide_row(WITHOUT_BASIC, WHOLE._replace(**change)).reason is reason
        )
        together |= change
    decision = row_decision_rules.decide_row(WITHOUT_BASIC, WHOLE._replace(**together))
    assert decision is row_decision_rules.WITHHELD[REASONS[first][1]]


@pytest.mark.parametrize(
    ("headings", "decision"),
    [
        (("surname", "phone"), row_decision_rules.REDUCED),
        (("surname",), row_decision_rules.WHOLE),
        (("phone",), row_decision_rules.WITHHELD[Reason.OPTED_OUT]),
        (("surname", "nonsense"), row_decision_rules.WHOLE),
    ],
)
def test_an_opted_out_pupil_keeps_the_basic_items_only(headings, decision):
    row_rules = row_decision_rules.row_rules(POLICY, columns(*headings))
    assert row_decision_rules.decide_row(row_rules, WHOLE._replace(opted_out=True)) is decision


def test_a_scheme_for_other_purposes_changes_nothing():
    other = replace(POLICY, scheme=replace(SCHEME, purposes=frozenset({"other"})))
    row_rules = row_decision_rules.row_rules(other, columns("phone"))
    young = WHOLE._replace(opted_out=True, born=date(2020, 1, 1))
    assert row_decision_rules.decide_row(row_rules, young) is row_decision_rules.WHOLE


GOOD_ROWS = st.builds(
    WHOLE._replace,
    given_surname=st.sampled_from(["", "barlow"]),
    given_born=st.sampled_from([None, date(2011, 1, 1)]),
    school=st.sampled_from(["990001", "990002"]),
    supported_to_25=st.booleans(),
)
HEADINGS = st.lists(
    st.sampled_from(["upn", "surname", "phone", "sen", "secret", "x"]), min_size=1, unique=True
)
ORDER = {Outcome.WITHHELD: 0, Outcome.REDUCED: 1, Outcome.RELEASED: 2}
SCHEMES = st.sampled_from(
    [
        None,
        SCHEME,
        replace(SCHEME, basic_items=frozenset()),
        replace(SCHEME, purposes=frozenset({"other"})),
        replace(SCHEME, min_age=None, below_age=None),
    ]
)


def decided(policy, headings, row):
    return row_decision_rules.decide_row(
        row_decision_rules.row_rules(policy, columns(*headings, policy=policy)), row
    )


class TestFromAReleasedRow:
    """Each begins with a row that goes whole, changes one thing, and counts how often it mattered."""

    def test_an_opt_out_never_releases_more(self):
        lost = set()

        @given(GOOD_ROWS, HEADINGS, SCHEMES)
        def never_more(row, headings, scheme):
            policy = replace(POLICY, scheme=scheme)
            assert decided(policy, headings, row) is row_decision_rules.WHOLE
            after = decided(policy, headings, row._replace(opted_out=True))
            lost.add(after.outcome)
            permitted = {c.heading for c in columns(*headings) if c.permitted}
            applies = scheme is not None and scheme.applies_to("careers")
            if not applies or (permitted and permitted <= scheme.basic_items):
                assert after is row_decision_rules.WHOLE
            elif permitted & scheme.basic_items:
                assert after is row_decision_rules.REDUCED
            else:
                assert after is row_decision_rules.WITHHELD[Reason.OPTED_OUT]

        never_more()
        assert lost == {Outcome.RELEASED, Outcome.REDUCED, Outcome.WITHHELD}

    def test_an_objection_leaves_nothing(self):
        @given(GOOD_ROWS, HEADINGS, SCHEMES, st.booleans())
        def nothing(row, headings, scheme, opted_out):
            policy = replace(POLICY, scheme=scheme)
            assert decided(policy, headings, row) is row_decision_rules.WHOLE
            after = decided(policy, headings, row._replace(objected=True, opted_out=opted_out))
            assert after.outcome is Outcome.WITHHELD

        nothing()

    def test_a_narrower_agreement_never_releases_more(self):
        narrower = []

        @given(
            GOOD_ROWS,
            HEADINGS,
            st.booleans(),
            st.sets(st.sampled_from(sorted(AGREEMENT.items))),
            st.sets(st.sampled_from(["990001", "990002"])),
        )
        def never_more(row, headings, opted_out, items, schools):
            row = row._replace(opted_out=opted_out)
            narrow = replace(
                POLICY,
                agreement=replace(AGREEMENT, items=frozenset(items), schools=frozenset(schools)),
            )
            before, after = columns(*headings), columns(*headings, policy=narrow)
            for wide, less in zip(before, after, strict=True):
                assert wide.permitted or not less.permitted
                assert less.permitted == (wide.permitted and wide.heading in items)
            wide, less = decided(POLICY, headings, row), decided(narrow, headings, row)
            if row.school not in schools:
                narrower.append(row)
                assert less is row_decision_rules.WITHHELD[Reason.OUTSIDE_SCHOOLS]
            elif not opted_out:
                assert wide is less is row_decision_rules.WHOLE

        never_more()
        assert len(narrower) > 20

    def test_nothing_goes_of_a_row_whose_pupil_is_not_certain(self):
        broken = []
        doubts = [
            {"upn_valid": False},
            {"on_roll": False},
            {"given_surname": "other"},
            {"given_born": date(2012, 2, 2)},
            {"born_unreadable": True},
            {"stood_before": True},
        ]

        @given(GOOD_ROWS, HEADINGS, SCHEMES, st.sampled_from(doubts), st.booleans())
        def nothing(row, headings, scheme, doubt, opted_out):
            policy = replace(POLICY, scheme=scheme)
            assert decided(policy, headings, row) is row_decision_rules.WHOLE
            row = row._replace(opted_out=opted_out, **doubt)
            assert decided(policy, headings, row).outcome is Outcome.WITHHELD
            broken.append(next(iter(doubt)))

        nothing()
        assert set(broken) == {key for doubt in doubts for key in doubt}


@pytest.mark.parametrize(
    ("headings", "counts", "outcome"),
    [
        (["upn", "surname"], (3, 3, 0, 0), Outcome.RELEASED),
        (["upn", "surname"], (3, 2, 1, 0), Outcome.REDUCED),
        (["upn", "surname"], (3, 2, 0, 1), Outcome.REDUCED),
        (["upn", "surname"], (2, 1, 1, 0), Outcome.REDUCED),
        (["upn", "surname"], (3, 0, 1, 2), Outcome.REDUCED),
        (["upn", "surname"], (3, 0, 0, 3), Outcome.REFUSED),
        (["upn", "surname"], (0, 0, 0, 0), Outcome.REFUSED),
        (["upn", "secret"], (3, 3, 0, 0), Outcome.REDUCED),
        (["secret", "nonsense"], (3, 3, 0, 0), Outcome.REFUSED),
        ([], (3, 3, 0, 0), Outcome.REFUSED),
    ],
)
def test_the_outcome_of_the_whole(headings, counts, outcome):
    result, reasons = row_decision_rules.outcome_of(
        columns(*headings), row_decision_rules.RowCounts(*counts)
    )
    assert result is outcome
    assert reasons == ([Reason.NOTHING_PERMITTED] if outcome is Outcome.REFUSED else [])
    assert row_decision_rules.RowCounts() == row_decision_rules.RowCounts(0, 0, 0, 0)
    assert (
        row_decision_rules.outcome_of(columns("upn"), row_decision_rules.RowCounts())[0]
        is Outcome.REFUSED
    )
    assert (
        row_decision_rules.outcome_of(columns("upn"), row_decision_rules.RowCounts(released=1))[0]
        is Outcome.REDUCED
    )


def test_without_an_agreement_or_a_notice_nothing_is_decided():
    for policy in (replace(POLICY, agreement=None), replace(POLICY, notice=None)):
        with pytest.raises(ValueError, match="columns are decided only"):
            columns("upn", policy=policy)
    with pytest.raises(ValueError, match="rows are decided only"):
        row_decision_rules.row_rules(replace(POLICY, agreement=None), columns("upn"))
    assert rules.request_reasons(replace(POLICY, recipient=None)) == [Reason.NO_AGREEMENT]


def test_a_scheme_of_no_basic_items_withholds_and_without_ages_none_is_too_young_or_old():
    ageless = replace(POLICY, scheme=replace(SCHEME, min_age=None, below_age=None))
    for born in (date(1990, 1, 1), date(2024, 1, 1)):
        assert decided(ageless, ["upn"], WHOLE._replace(born=born)) is row_decision_rules.WHOLE
        assert decided(replace(POLICY, scheme=None), ["upn"], WHOLE._replace(born=born)).reason is (
            None
        )


@pytest.mark.parametrize(
    ("born", "supported", "reason"),
    [
        (date(2015, 2, 28), False, None),
        (date(2015, 3, 1), False, Reason.TOO_YOUNG),
        (date(2008, 3, 1), False, None),
        (date(2008, 2, 29), False, Reason.TOO_OLD),
        (date(2003, 3, 1), True, None),
        (date(2003, 2, 28), True, Reason.TOO_OLD),
    ],
)
def test_ages_on_29_february(born, supported, reason):
    """13 is attained by whoever was born by 28 February 2015; 20 on the day itself."""
    policy = replace(POLICY, on=date(2028, 2, 29))
    row = WHOLE._replace(born=born, supported_to_25=supported)
    assert decided(policy, ["upn"], row).reason is reason


def test_what_is_emptied_of_an_opted_out_pupils_row():
    def emptied(policy, *headings):
        return row_decision_rules.row_rules(policy, columns(*headings)).emptied

    assert emptied(POLICY, "upn", "surname", "secret", "phone") == ("upn", "phone")
    assert emptied(replace(POLICY, scheme=None), "upn", "surname") == ()


class TestOneDay:
    """A1: an agreement of which one thing changes is in force on the day, or is not."""

    @pytest.mark.parametrize(
        ("change", "holds"),
        [
            ({}, True),
            ({"signed_on": None}, False),
            ({"signed_on": ON}, True),
            ({"signed_on": ON + timedelta(1)}, False),
            ({"starts": ON}, True),
            ({"starts": ON + timedelta(1)}, False),
            ({"ends": ON}, True),
            ({"ends": ON - timedelta(1)}, False),
            ({"terminated_on": ON}, True),
            ({"suspensions": (rules.Suspension(ON, None),)}, True),
        ],
    )
    def test_dates_hold(self, change, holds):
        assert rules.dates_hold(replace(AGREEMENT, **change), ON) is holds

    @pytest.mark.parametrize(
        ("first", "last", "suspended"),
        [
            (0, None, True),
            (1, None, False),
            (-5, -1, False),
            (-5, 0, True),
            (0, 0, True),
            (0, -1, False),
            (1, 5, False),
            (-5, 5, True),
        ],
    )
    def test_suspended_from_the_first_to_the_last_day(self, first, last, suspended):
        ends = None if last is None else ON + timedelta(last)
        suspensions = (rules.Suspension(ON + timedelta(first), ends),)
        agreement = replace(AGREEMENT, suspensions=suspensions)
        assert rules.suspended(agreement, ON) is suspended
        assert rules.agreement_in_force(agreement, ON) is (not suspended)

    def test_one_of_several_suspensions_is_enough(self):
        past = rules.Suspension(ON - timedelta(9), ON - timedelta(5))
        open_ = rules.Suspension(ON - timedelta(1), None)
        assert rules.suspended(replace(AGREEMENT, suspensions=(past, open_)), ON)
        assert not rules.suspended(replace(AGREEMENT, suspensions=(past,)), ON)


def test_every_reason_has_its_sentence():
    assert set(rules.SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in rules.SENTENCES.values())
