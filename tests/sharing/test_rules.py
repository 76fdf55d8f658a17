"""Deciding (A1 and D): truth tables and properties of the pure functions."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.rules import Default, Scheme
from notices.rules import Notice
from privacy_portal.ground.files.formulas import neutralised
from sharing import rules
from sharing.rules import Agreement, Form, Item, Outcome, Policy, Reason, Recipient, RowFacts

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
    found = rules.request_reasons(replace(POLICY, recipient=Recipient("cnx", opened, closed)))
    assert found == ([] if is_open else [Reason.RECIPIENT_NOT_OPEN])


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
    found = rules.request_reasons(policy)
    assert found == sorted(found, key=order.index)
    assert len(found) == 9
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
    assert columns("upn", policy=pseudonymised)[0].reason is Reason.IDENTIFYING


def test_approval_is_needed_for_a_special_category_that_is_permitted():
    assert rules.needs_approval(columns("upn", "sen"), ITEMS)
    assert not rules.needs_approval(columns("upn", "phone", "nonsense"), ITEMS)
    narrow = replace(POLICY, agreement=replace(AGREEMENT, items=frozenset({"upn"})))
    assert not rules.needs_approval(columns("upn", "sen", policy=narrow), ITEMS)


ROWS = [
    ({"upn_valid": False, "known": False}, Reason.INVALID_UPN),
    ({"known": False}, Reason.UNKNOWN_PUPIL),
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
LIMITED = rules.row_rules(
    replace(POLICY, agreement=replace(AGREEMENT, schools=frozenset({"990001"}))),
    columns("upn", "surname"),
)


@pytest.mark.parametrize(("change", "reason"), ROWS)
def test_a_row_is_withheld_for(change, reason):
    assert rules.decide_row(LIMITED, WHOLE._replace(**change)).reason is reason


@pytest.mark.parametrize("first", range(9))
def test_the_first_reason_that_holds_is_the_one_given(first):
    withheld = [(change, reason) for change, reason in ROWS[:10] if reason and "born" not in change]
    if first >= len(withheld):
        withheld = withheld[-1:]
    together = {}
    for change, _ in reversed(withheld[first:]):
        together.update(change)
    if together:
        assert (
            rules.decide_row(LIMITED, WHOLE._replace(**together)).reason is withheld[first:][0][1]
        )


@pytest.mark.parametrize(
    ("headings", "decision"),
    [
        (("surname", "phone"), rules.REDUCED),
        (("surname",), rules.WHOLE),
        (("phone",), rules.WITHHELD[Reason.OPTED_OUT]),
        (("surname", "nonsense"), rules.WHOLE),
    ],
)
def test_an_opted_out_pupil_keeps_the_basic_items_only(headings, decision):
    row_rules = rules.row_rules(POLICY, columns(*headings))
    assert rules.decide_row(row_rules, WHOLE._replace(opted_out=True)) is decision


def test_a_scheme_for_other_purposes_changes_nothing():
    other = replace(POLICY, scheme=replace(SCHEME, purposes=frozenset({"other"})))
    row_rules = rules.row_rules(other, columns("phone"))
    young = WHOLE._replace(opted_out=True, born=date(2020, 1, 1))
    assert rules.decide_row(row_rules, young) is rules.WHOLE


rows = st.builds(
    RowFacts,
    upn_valid=st.booleans(),
    known=st.booleans(),
    stood_before=st.booleans(),
    given_surname=st.sampled_from(["", "barlow", "other"]),
    given_born=st.sampled_from([None, date(2011, 1, 1), date(2012, 2, 2)]),
    born_unreadable=st.booleans(),
    surname=st.just("barlow"),
    born=st.dates(date(2000, 1, 1), date(2020, 1, 1)),
    school=st.sampled_from(["990001", "990002"]),
    supported_to_25=st.booleans(),
    opted_out=st.booleans(),
)
headings = st.lists(st.sampled_from(["upn", "surname", "phone", "sen", "secret", "x"]), unique=True)
ORDER = {Outcome.WITHHELD: 0, Outcome.REDUCED: 1, Outcome.RELEASED: 2}


@given(rows, headings)
def test_an_opt_out_never_releases_more(row, given_):
    row_rules = rules.row_rules(POLICY, columns(*given_))
    before = rules.decide_row(row_rules, row._replace(opted_out=False))
    after = rules.decide_row(row_rules, row._replace(opted_out=True))
    assert ORDER[after.outcome] <= ORDER[before.outcome]


@given(rows, headings)
def test_a_narrower_agreement_never_releases_more(row, given_):
    narrow = replace(
        POLICY, agreement=replace(AGREEMENT, items=frozenset({"surname"}), schools=frozenset())
    )
    wide_columns, narrow_columns = columns(*given_), columns(*given_, policy=narrow)
    for wide, less in zip(wide_columns, narrow_columns, strict=True):
        assert wide.permitted or not less.permitted
    wide = rules.decide_row(rules.row_rules(POLICY, wide_columns), row)
    less = rules.decide_row(rules.row_rules(narrow, narrow_columns), row)
    assert ORDER[less.outcome] <= ORDER[wide.outcome]


@given(rows, headings)
def test_nothing_goes_of_a_row_whose_pupil_is_not_certain(row, given_):
    decision = rules.decide_row(rules.row_rules(POLICY, columns(*given_)), row)
    certain = (
        row.upn_valid and row.known and row.given_surname != "other" and not row.born_unreadable
    )
    assert certain or decision.outcome is Outcome.WITHHELD


@given(st.lists(st.sampled_from(["", "x"]), max_size=3), st.integers(0, 3), st.integers(0, 3))
def test_the_outcome_of_the_whole(given_, released, reduced):
    counts = rules.RowCounts(released + reduced + 1, released, reduced, 1)
    outcome, reasons = rules.outcome_of(columns("surname"), counts)
    assert (outcome is Outcome.REFUSED) == (released + reduced == 0)
    assert reasons == ([Reason.NOTHING_PERMITTED] if outcome is Outcome.REFUSED else [])


@pytest.mark.parametrize(
    "cell", ["=cmd", "+44 1942", "-x", "@a", "\t=1", " =1", "＝1", "-", "\r=1"]
)
def test_formulas_are_neutralised(cell):
    assert neutralised(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["", "Barlow", "-5", "+3.5", "01942 111111", "a=b", "O'Brien", "5-3"]
)
def test_data_is_left_as_it_is(cell):
    assert neutralised(cell) == cell


def test_every_reason_has_its_sentence():
    assert set(rules.SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in rules.SENTENCES.values())
