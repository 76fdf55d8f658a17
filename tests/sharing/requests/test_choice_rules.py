"""What an officer may choose for a pupil of a request (Q1, P3), and what goes then, case by case."""

import pytest

from sharing import request_rules as rules
from sharing.request_rules import (
    CHOICES,
    NOTHING,
    Choice,
    SecondReason,
    Standing,
    second_reasons,
)
from sharing.row_decision_rules import Permission
from sharing.rules import Item, Outcome, Reason

NAME, SEX, ADDRESS = "pupil.surname", "pupil.sex", "pupil.address"
ALL = (NAME, SEX, ADDRESS)
ITEMS = {code: Item(code, True, False, locating=code == ADDRESS) for code in ALL}
NOBODY_IN_PARTICULAR = Standing()
OPTED_OUT = Standing(opted_out=True)
PROTECTED = Standing(protected=True)
BOTH = Standing(opted_out=True, protected=True)


def rules_for(codes=ALL, basic=None):
    basic = None if basic is None else frozenset(basic)
    return rules.row_rules_for([ITEMS[code] for code in codes], basic=basic)


def option(standing, code, codes=ALL, basic=None):
    return rules.option(rules_for(codes, basic), standing, CHOICES[code], codes)


def test_every_choice_has_a_code_that_says_it():
    assert {
        "none": NOTHING,
        "share": Choice(True),
        "share.despite": Choice(True, None, despite=True),
        "share.without-locating": Choice(True, Permission.WITHOUT_LOCATING),
        "share.without-locating.despite": Choice(True, Permission.WITHOUT_LOCATING, despite=True),
        "share.whole": Choice(True, Permission.WHOLE),
        "share.whole.despite": Choice(True, Permission.WHOLE, despite=True),
    } == CHOICES
    assert [code for code, choice in CHOICES.items() if not choice.shared] == ["none"]


@pytest.mark.parametrize(
    ("standing", "code", "basic", "goes"),
    [
        (NOBODY_IN_PARTICULAR, "share", None, ALL),
        (NOBODY_IN_PARTICULAR, "share", [NAME], ALL),
        (NOBODY_IN_PARTICULAR, "none", None, ()),
        # An opt-out leaves the basic items, of a scheme that applies, unless it is overridden.
        (OPTED_OUT, "share", [NAME], (NAME,)),
        (OPTED_OUT, "share", ALL, ALL),
        (OPTED_OUT, "share", [], ()),
        (OPTED_OUT, "share", None, ALL),
        (OPTED_OUT, "share.despite", [NAME], ALL),
        (OPTED_OUT, "share.despite", [], ALL),
        # Protection withholds all that a second officer does not permit.
        (PROTECTED, "share", None, ()),
        (PROTECTED, "share.without-locating", None, (NAME, SEX)),
        (PROTECTED, "share.whole", None, ALL),
        (BOTH, "share.despite", [NAME], ()),
        (BOTH, "share.without-locating", [NAME, ADDRESS], (NAME,)),
        (BOTH, "share.without-locating.despite", [NAME], (NAME, SEX)),
        (BOTH, "share.whole", [NAME, ADDRESS], (NAME, ADDRESS)),
        (BOTH, "share.whole.despite", [NAME], ALL),
        # An objection and a death are overridden by nothing.
        (Standing(objected=True), "share.despite", [NAME], ()),
        (Standing(died=True), "share.despite", [NAME], ()),
    ],
)
def test_what_goes_about_a_pupil(standing, code, basic, goes):
    assert option(standing, code, basic=basic).items == goes


def test_why_nothing_goes_is_said():
    decision = option(OPTED_OUT, "share", basic=[]).decision
    assert (decision.outcome, decision.reason) == (Outcome.WITHHELD, Reason.OPTED_OUT)
    assert option(PROTECTED, "share").decision.reason is Reason.PROTECTED
    assert option(NOBODY_IN_PARTICULAR, "none").decision.reason is None


@pytest.mark.parametrize(
    ("standing", "codes", "basic", "offered"),
    [
        (NOBODY_IN_PARTICULAR, ALL, [NAME], ["share"]),
        (OPTED_OUT, ALL, [NAME], ["share", "share.despite"]),
        (OPTED_OUT, ALL, [], ["share.despite"]),
        # What would make no difference is not offered.
        (OPTED_OUT, ALL, None, ["share"]),
        (OPTED_OUT, ALL, ALL, ["share"]),
        (NOBODY_IN_PARTICULAR, [], None, []),
        (PROTECTED, ALL, None, ["share.without-locating", "share.whole"]),
        (PROTECTED, [NAME], None, ["share.without-locating"]),
        (PROTECTED, [ADDRESS], None, ["share.whole"]),
        (
            BOTH,
            ALL,
            [NAME],
            ["share.without-locating", "share.without-locating.despite", "share.whole.despite"],
        ),
        (BOTH, [NAME, ADDRESS], [NAME], ["share.without-locating", "share.whole.despite"]),
        (Standing(objected=True), ALL, None, []),
        (Standing(died=True), ALL, None, []),
    ],
)
def test_choices_by_which_the_same_goes_are_one(standing, codes, basic, offered):
    found = rules.options(rules_for(codes, basic), standing, codes, words=False)
    assert [option.choice.code for option in found] == ["none", *offered]


@pytest.mark.parametrize(
    ("standing", "codes", "basic", "offered"),
    [
        (NOBODY_IN_PARTICULAR, [], None, ["share"]),
        (NOBODY_IN_PARTICULAR, ALL, [NAME], ["share"]),
        (OPTED_OUT, ALL, None, ["share"]),
        (OPTED_OUT, ALL, ALL, ["share", "share.despite"]),
        (PROTECTED, [NAME], None, ["share.without-locating", "share.whole"]),
        (PROTECTED, [], None, ["share.without-locating", "share.whole"]),
        (Standing(died=True), [], None, []),
    ],
)
def test_with_words_every_choice_differs_that_the_rules_allow(standing, codes, basic, offered):
    found = rules.options(rules_for(codes, basic), standing, codes, words=True)
    assert [option.choice.code for option in found] == ["none", *offered]


@pytest.mark.parametrize(
    ("standing", "basic", "code", "needed"),
    [
        (NOBODY_IN_PARTICULAR, [NAME], "none", "none"),
        (NOBODY_IN_PARTICULAR, [NAME], "share.whole.despite", "share"),
        (OPTED_OUT, [NAME], "share", "share"),
        (OPTED_OUT, [NAME], "share.without-locating.despite", "share.despite"),
        (OPTED_OUT, [], "share.despite", "share.despite"),
        (OPTED_OUT, None, "share.despite", "share"),
        (OPTED_OUT, ALL, "share.despite", "share"),
        (PROTECTED, [NAME], "share.whole.despite", "share.whole"),
        (BOTH, [NAME], "share.whole.despite", "share.whole.despite"),
        (BOTH, [NAME], "share.without-locating", "share.without-locating"),
    ],
)
def test_a_permission_or_an_override_that_is_not_needed_is_left_out(standing, basic, code, needed):
    choice = CHOICES[code]
    found = rules.chosen(rules_for(basic=basic), standing, choice, ALL, words=False)
    assert found.choice == CHOICES[needed]
    assert found.items == option(standing, code, basic=basic).items


def test_words_that_no_opt_out_leaves_need_the_override():
    choice = CHOICES["share.despite"]
    for standing, basic, needed in (
        (OPTED_OUT, ALL, "share.despite"),
        (OPTED_OUT, None, "share"),
        (NOBODY_IN_PARTICULAR, ALL, "share"),
    ):
        found = rules.chosen(rules_for(basic=basic), standing, choice, ALL, words=True)
        assert found.choice == CHOICES[needed]


SHARED = CHOICES["share"]
ELSEWHERE = rules.Standing(elsewhere=frozenset({"opt-out:connexions"}))


@pytest.mark.parametrize(
    ("choices", "more", "reasons"),
    [
        ([(NOBODY_IN_PARTICULAR, SHARED)], {}, []),
        ([], {"special_category": True, "view": "disagrees"}, []),
        ([(BOTH, NOTHING)], {"special_category": True, "view": "disagrees"}, []),
        ([(NOBODY_IN_PARTICULAR, SHARED), (PROTECTED, SHARED)], {}, [SecondReason.PROTECTED]),
        ([(NOBODY_IN_PARTICULAR, SHARED), (PROTECTED, NOTHING)], {}, []),
        (
            [(NOBODY_IN_PARTICULAR, SHARED), (OPTED_OUT, CHOICES["share.despite"])],
            {},
            [SecondReason.OPTED_OUT],
        ),
        ([(OPTED_OUT, SHARED)], {}, []),
        ([(OPTED_OUT, SHARED)], {"special_category": True}, [SecondReason.SPECIAL_CATEGORY]),
        ([(OPTED_OUT, SHARED)], {"others": 1}, [SecondReason.NOT_ON_RECORD]),
        ([(OPTED_OUT, SHARED)], {"view": "agrees"}, []),
        ([(OPTED_OUT, SHARED)], {"view": "disagrees"}, [SecondReason.VIEW_AGAINST]),
        ([(ELSEWHERE, SHARED)], {}, [SecondReason.ELSEWHERE]),
        ([(ELSEWHERE, NOTHING), (NOBODY_IN_PARTICULAR, SHARED)], {}, []),
        ([(NOBODY_IN_PARTICULAR, SHARED)], {"maybe_listed": True}, [SecondReason.MAYBE_LISTED]),
        ([(NOBODY_IN_PARTICULAR, NOTHING)], {"maybe_listed": True}, []),
        (
            [],
            {"others": 1, "special_category": True},
            [SecondReason.SPECIAL_CATEGORY, SecondReason.NOT_ON_RECORD],
        ),
    ],
)
def test_a_second_officer_agrees_where_a_mistake_would_harm_most(choices, more, reasons):
    usual = {"special_category": False, "others": 0, "view": ""}
    assert second_reasons(choices, **usual | more) == reasons
