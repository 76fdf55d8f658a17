"""What may change in the policy, as pure functions (N1, A2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from consent.policy_format import SchemePart, SchoolPart
from notices.policy_file.format import NoticePart
from sharing.policy_rules import (
    Naming,
    headings_taken,
    item_widened,
    limits,
    named_by,
    organisation_widened,
    refusals,
    scheme_widened,
    taken,
)
from tests.policy_parts import item, organisation, purpose

ON = date(2026, 11, 23)
DAY = timedelta(days=1)
NAMED = Naming(["version 2 of “Pupils”"])
PURPOSES = st.lists(st.sampled_from(["a", "b", "c"]), unique=True)
AGES = st.none() | st.integers(0, 25)
DAYS = st.none() | st.integers(-3, 3).map(lambda days: ON + timedelta(days=days))


@st.composite
def schemes(draw):
    return SchemePart(
        code="x", title="X", recipient="r", purposes=draw(PURPOSES),
        default=draw(st.sampled_from(["share", "withhold"])), kind="programme",
        min_age=draw(AGES), below_age=draw(AGES), self_age=16, basic_items=draw(PURPOSES),
        supplied_by=draw(st.sampled_from(["school", "authority"])),
        child_may_refuse=draw(st.booleans()),
    )  # fmt: skip


def applies(scheme, purpose):
    return not scheme.purposes or purpose in scheme.purposes


def shared(scheme, purpose, age, item):
    """Whether an item of a pupil who chose nothing, and of one who is opted out, is shared."""
    if not applies(scheme, purpose):
        return {"silent", "out"}
    if age < (scheme.min_age or 0) or (scheme.below_age is not None and age >= scheme.below_age):
        return set()
    basic = item in scheme.basic_items
    silent = {"silent"} if scheme.default == "share" or basic else set()
    return silent | ({"out"} if basic else set())


@given(schemes(), schemes())
def test_a_change_of_an_opt_out_that_is_not_refused_shares_nothing_more(before, wanted):
    if scheme_widened(before, wanted):
        return
    for purpose_ in ("a", "b", "c"):
        for age in range(27):
            for item_ in ("a", "b", "c"):
                assert shared(wanted, purpose_, age, item_) <= shared(before, purpose_, age, item_)


SCHEME = SchemePart(
    code="x", title="X", recipient="r", purposes=["a"], default="share", kind="programme", min_age=5,
    below_age=11, self_age=16, basic_items=["a"], supplied_by="school", child_may_refuse=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "wanted", "refused"),
    [
        ({}, {}, []),
        ({}, {"title": "Y"}, ["title"]),
        ({}, {"recipient": "s"}, ["recipient"]),
        ({}, {"kind": "statutory"}, ["kind"]),
        ({}, {"self_age": 15}, ["self_age"]),
        ({}, {"self_age": None}, ["self_age"]),
        ({}, {"legal_sections": ["section 1"]}, []),
        ({}, {"purposes": ["a", "b"]}, []),
        ({}, {"purposes": ["b"]}, ["purposes"]),
        ({}, {"purposes": []}, []),
        ({"purposes": []}, {"purposes": ["a"]}, ["purposes"]),
        ({}, {"basic_items": []}, []),
        ({}, {"basic_items": ["a", "b"]}, ["basic_items"]),
        ({}, {"basic_items": ["b"]}, ["basic_items"]),
        ({}, {"default": "withhold"}, []),
        ({"default": "withhold"}, {"default": "withhold"}, []),
        ({"default": "withhold"}, {"default": "share"}, ["default"]),
        ({}, {"min_age": 4}, ["min_age"]),
        ({}, {"min_age": None}, ["min_age"]),
        ({}, {"min_age": 6}, []),
        ({"min_age": 0}, {"min_age": None}, []),
        ({"min_age": None}, {"min_age": 0}, []),
        ({"min_age": 1}, {"min_age": None}, ["min_age"]),
        ({}, {"below_age": 12}, ["below_age"]),
        ({}, {"below_age": None}, ["below_age"]),
        ({}, {"below_age": 10}, []),
        ({"below_age": None}, {"below_age": 10}, []),
        ({}, {"supplied_by": "authority"}, []),
        ({"supplied_by": "authority"}, {"supplied_by": "authority"}, []),
        ({"supplied_by": "authority"}, {"supplied_by": "school"}, ["supplied_by"]),
        ({}, {"child_may_refuse": True}, []),
        ({"child_may_refuse": True}, {"child_may_refuse": True}, []),
        ({"child_may_refuse": True}, {"child_may_refuse": False}, ["child_may_refuse"]),
    ],
)  # fmt: skip
def test_of_an_opt_out_only_what_widens_is_refused(before, wanted, refused):
    old = SCHEME.model_copy(update=before)
    new = old.model_copy(update=wanted)
    assert [field for field, _ in scheme_widened(old, new)] == refused
    assert [refusal.field for refusal in refusals(old, new, NAMED, ON)] == refused


@pytest.mark.parametrize(
    ("before", "wanted", "refused"),
    [
        ({}, {}, []),
        ({}, {"name": "Other"}, ["name"]),
        ({}, {"address": "1 Street", "kind": "x", "website": "https://x", "group": "G"}, []),
        ({}, {"opened": ON}, []),
        ({"opened": ON}, {"opened": ON}, []),
        ({"opened": ON}, {"opened": ON + DAY}, []),
        ({"opened": ON}, {"opened": ON - DAY}, ["opened"]),
        ({"opened": ON}, {"opened": None}, ["opened"]),
        ({}, {"closed": ON}, []),
        ({"closed": ON}, {"closed": ON}, []),
        ({"closed": ON}, {"closed": ON - DAY}, []),
        ({"closed": ON}, {"closed": ON + DAY}, ["closed"]),
        ({"closed": ON}, {"closed": None}, ["closed"]),
        ({"closed": ON + DAY}, {"closed": None}, []),
        ({"closed": ON + DAY, "successor": "a"}, {"successor": "b"}, []),
        ({"closed": ON, "successor": "a"}, {"successor": "a"}, []),
        ({"closed": ON, "successor": "a"}, {"successor": None}, ["successor"]),
        ({"closed": ON}, {"successor": "b"}, []),
    ],
)  # fmt: skip
def test_of_an_organisation_only_what_widens_is_refused(before, wanted, refused):
    old = organisation(**before)
    new = old.model_copy(update=wanted)
    assert [refusal.field for refusal in refusals(old, new, NAMED, ON)] == refused


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"label": "Other"}, ["label"]),
        ({"audience": "workforce"}, ["audience"]),
        ({"headings": ["Other"]}, []),
        ({"identifying": True, "special_category": True, "locating": True}, []),
    ],
)  # fmt: skip
def test_of_information_only_what_widens_is_refused(wanted, refused):
    new = item().model_copy(update=wanted)
    assert [refusal.field for refusal in refusals(item(), new, NAMED, ON)] == refused


def test_a_notice_and_a_purpose_keep_their_titles_and_whom_they_are_about():
    notice = NoticePart(slug="a", title="T", audience="pupil", versions=[])
    other = notice.model_copy(update={"title": "U", "audience": "workforce"})
    told = [refusal.field for refusal in refusals(notice, other, NAMED, ON)]
    assert told == ["title", "audience"]
    told = [
        refusal.field
        for refusal in refusals(purpose(), purpose(label="U", audience="workforce"), NAMED, ON)
    ]
    assert told == ["label", "audience"]
    assert not refusals(notice, notice, NAMED, ON)
    school = SchoolPart(urn="990001", name="S")
    assert not refusals(school, school.model_copy(update={"name": "T"}), NAMED, ON)


@given(PURPOSES, PURPOSES)
def test_an_opt_out_is_limited_where_a_purpose_is_lost(wanted, before):
    every = {"a", "b", "c", "d"}
    lost = (set(before) or every) - (set(wanted) or every)
    assert limits(wanted, before) == bool(lost)


def is_open(part, on):
    return (part.opened is None or part.opened <= on) and (part.closed is None or on < part.closed)


@given(DAYS, DAYS, DAYS, DAYS)
def test_a_change_of_an_organisation_opens_no_day_that_was_closed_for_good(a, b, c, d):
    before, wanted = organisation(opened=a, closed=b), organisation(opened=c, closed=d)
    if organisation_widened(before, wanted, ON):
        return
    if before.closed and before.closed <= ON:
        assert not is_open(wanted, ON)
    for days in range(-4, 5):
        on = ON + timedelta(days=days)
        if before.opened and on < before.opened:
            assert not is_open(wanted, on)


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_marks_of_information_are_only_added(a, b, c, d, e, f):
    before = item(identifying=a, special_category=b, locating=c)
    wanted = item(identifying=d, special_category=e, locating=f)
    lost = any(old and not new for old, new in ((a, d), (b, e), (c, f)))
    assert bool(item_widened(before, wanted)) == lost


def test_what_nothing_names_may_change_and_go():
    assert not refusals(purpose(), purpose(label="Otherwise"), Naming(), ON)
    assert not refusals(purpose(), purpose(label="Otherwise"), Naming(other=["a draft"]), ON)
    assert not refusals(purpose(), None, Naming(), ON)
    assert not refusals(None, purpose(), NAMED, ON)


def test_what_is_named_keeps_its_name_and_the_sentence_says_what_names_it():
    [refusal] = refusals(purpose(), purpose(label="Otherwise"), NAMED, ON)
    assert (
        refusal.sentence
        == "You cannot change the name: version 2 of “Pupils” names it. Add another purpose instead."
    )
    assert refusal.field == "label"
    [refusal] = refusals(purpose(), None, Naming(["an agreement"], ["a draft"]), ON)
    assert refusal.sentence == "You cannot remove this: an agreement and a draft name it. It stays."


def test_three_names_are_said_and_the_others_counted():
    assert named_by(["a"]) == "a names it"
    assert named_by(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more name it"


def test_a_heading_stands_for_one_kind_of_information_whatever_its_case_and_spaces():
    other = item(code="pupil.height", label="Height", headings=["Height cm"])
    assert not headings_taken(item(), [other])
    [refusal] = headings_taken(item(headings=["Shoe size", "HEIGHT  CM"]), [other])
    assert refusal.sentence == "“HEIGHT  CM” is already a column heading of “Height”"
    assert headings_taken(item(headings=["Size", "size"]), [])


def test_an_audience_has_one_notice_and_a_number_one_school():
    def notice(audience):
        return NoticePart(slug=audience, title="T", audience=audience, versions=[])

    def school(laestab):
        return SchoolPart(urn="990001", name="S", laestab=laestab)

    assert not taken(notice("pupil"), [notice("workforce")])
    assert taken(notice("pupil"), [notice("workforce"), notice("pupil")])[0].field == "audience"
    assert not taken(school(None), [school(None)])
    assert not taken(school("3594001"), [school("3594002"), school(None)])
    assert taken(school("3594001"), [school("3594001")])[0].field == "laestab"
    assert not taken(purpose(), [purpose()])
    assert not taken(notice("pupil"), [school("3594001")])
    [refusal] = taken(school("3594001"), [school("3594002"), school("3594001")])
    assert refusal.sentence == "3594001 is the number of S"


@given(schemes(), st.sampled_from(["r", "s"]))
def test_an_organisation_has_one_opt_out(scheme, recipient):
    other = scheme.model_copy(update={"code": "y", "recipient": recipient})
    assert bool(taken(scheme, [other])) == (recipient == "r")


def test_an_organisation_that_is_to_close_can_close_later_but_not_open_again():
    soon, later = ON + timedelta(days=1), ON + timedelta(days=90)
    assert not organisation_widened(organisation(closed=soon), organisation(closed=later), ON)
    assert organisation_widened(organisation(closed=ON), organisation(closed=later), ON)
    assert organisation_widened(organisation(closed=ON), organisation(), ON)
    closed = organisation(closed=ON, successor="a")
    assert organisation_widened(closed, organisation(closed=ON, successor="b"), ON)
    assert not organisation_widened(
        organisation(closed=ON), organisation(closed=ON, successor="b"), ON
    )
