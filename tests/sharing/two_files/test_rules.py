"""What two kinds of rows tell (D), and two flows (A4)."""

import pytest

from sharing.two_files_rules import WITHHELD, Flow, flows_tell, tells

SETS = (frozenset({"upn", "name", "phone"}), frozenset({"name"}))
ALL = frozenset({"upn", "name", "phone"})


@pytest.mark.parametrize(
    ("cut", "given_sets", "given", "answer"),
    [
        (WITHHELD, SETS, 0, True),
        (WITHHELD, SETS, 1, True),
        (WITHHELD, SETS, WITHHELD, False),
        (1, SETS, WITHHELD, False),
        (1, SETS, 0, True),
        (1, SETS, 1, False),
        (1, (frozenset({"name", "sex"}),), 0, False),
        (1, (frozenset({"upn"}),), 0, True),
        # What was sent although it should not have been is whole, whatever the decision on it.
        (0, SETS, 0, False),
    ],
)
def test_a_cut_row_is_told_by_what_completes_it(cut, given_sets, given, answer):
    assert tells(SETS, cut, given_sets, given) is answer


def flow(scheme="", items=ALL, basic=(), schools=None):
    schools = None if schools is None else frozenset(schools)
    return Flow("A", "p", frozenset(items), schools, scheme, frozenset(basic))


@pytest.mark.parametrize(
    ("one", "other", "answer"),
    [
        (flow("s", basic=["name"]), flow(), True),
        (flow("s", basic=["name"]), flow("s", basic=["name"]), False),
        (flow("s", basic=["name"]), flow("t", basic=["name"]), True),
        (flow("s", basic=["name"]), flow(items=["name", "sex"]), False),
        (flow("s", basic=ALL), flow(), False),
        (flow("s"), flow(items=["sex"]), True),
        (flow("s"), flow(items=[]), False),
        (flow("s", schools=["1"]), flow(schools=["2"]), False),
        (flow("s", schools=["1"]), flow(schools=["1", "2"]), True),
        (flow("s", schools=["1"]), flow(), True),
        (flow(), flow(), False),
    ],
)
def test_flows_tell_where_a_scheme_cuts_one_and_not_the_other(one, other, answer):
    assert flows_tell(one, other) is answer
    assert flows_tell(other, one) is answer
