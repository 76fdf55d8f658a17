"""Lines that are sums of others, and what follows from several sums (rulebook S2)."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sharing.statistics.sum_rules import Span, Sum, adds_up, independent, with_nobody


def test_a_sum_knows_its_lines_and_by_how_much_each_counts():
    total = Sum(4, (0, 1), (2,))
    assert total.others == (0, 1, 2)
    assert total.factors == {4: -1, 0: 1, 1: 1, 2: -1}
    assert Sum(2, (0, 1)).factors == {2: -1, 0: 1, 1: 1}


@pytest.mark.parametrize(
    ("total", "parts", "less", "holds"),
    [
        (2, (0, 1), (), True),
        (3, (0, 1), (), False),
        (2, (0, 3), (), False),
        # Boys and girls are as many as those with and without a need.
        (5, (0, 1), (4,), True),
        (5, (0, 1), (), False),
        (1, (4, 5), (0,), True),
        (0, (0,), (), True),
    ],
)
def test_a_line_adds_up_in_every_cell(total, parts, less, holds):
    lines = [(3, 20), (12, 18), (15, 38), (15, 37), (5, 8), (10, 30)]
    assert adds_up(lines, total, parts, less) is holds


class TestSpan:
    def test_what_is_said_already_is_not_new(self):
        span = Span()
        assert span.add(Sum(2, (0, 1)))
        assert not span.add(Sum(2, (0, 1)))
        assert not span.add(Sum(0, (2,), (1,)))
        assert span.add(Sum(5, (3, 4)))
        assert span.add(Sum(6, (2, 5)))
        assert not span.add(Sum(6, (0, 1, 3, 4)))
        assert not span.add(Sum(6, (0, 1, 5)))
        assert span.add(Sum(7, (0, 3)))

    @given(
        st.lists(
            st.tuples(
                st.lists(st.integers(0, 7), min_size=2, max_size=5, unique=True), st.integers(0, 2)
            ),
            max_size=10,
        )
    )
    def test_a_sum_is_new_when_the_rank_of_all_grows(self, drawn):
        span, rows = Span(), []
        for (total, *others), less in drawn:
            new = Sum(total, tuple(others[less:]), tuple(others[:less]))
            before = np.linalg.matrix_rank(np.array(rows)) if rows else 0
            rows.append([new.factors.get(line, 0) for line in range(8)])
            assert span.add(new) == (np.linalg.matrix_rank(np.array(rows)) > before)


def test_as_few_and_as_short_sums_as_say_the_same_as_all():
    long, short = Sum(6, (0, 1, 3, 4)), Sum(6, (2, 5))
    first, second = Sum(2, (0, 1)), Sum(5, (3, 4))
    assert independent([long, short, first, second]) == (first, second, short)
    assert independent([]) == ()
    # Of as many lines the lower total, then the lower parts.
    assert independent([Sum(3, (0, 1)), Sum(2, (0, 1))]) == (Sum(2, (0, 1)), Sum(3, (0, 1)))
    assert independent([Sum(3, (1, 2)), Sum(3, (0, 1))]) == (Sum(3, (0, 1)), Sum(3, (1, 2)))


@pytest.mark.parametrize(
    ("lines", "known", "with_them"),
    [
        # Before and among what is added up, but not after the total.
        ([0, 0, 5, 0, 6, 11, 0], Sum(5, (2, 4)), Sum(5, (0, 1, 2, 3, 4))),
        ([0, 0, 5, 6, 11], Sum(4, (2, 3)), Sum(4, (0, 1, 2, 3))),
        # Not beyond a line with somebody in it.
        ([0, 8, 0, 5, 4, 9], Sum(5, (3, 4)), Sum(5, (2, 3, 4))),
        # After it, down to the last line.
        ([9, 5, 4, 0, 0], Sum(0, (1, 2)), Sum(0, (1, 2, 3, 4))),
        ([7, 0, 5, 4, 0, 9, 0], Sum(5, (2, 3)), Sum(5, (1, 2, 3, 4))),
        ([5, 4, 9], Sum(2, (0, 1)), Sum(2, (0, 1))),
        # Next to what is subtracted, unless it is added already.
        ([5, 4, 8, 1, 0], Sum(2, (0, 1), (3,)), Sum(2, (0, 1), (3, 4))),
        ([5, 4, 0, 7, 2, 0], Sum(4, (0, 1), (3,)), Sum(4, (0, 1, 2), (3,))),
    ],
)
def test_lines_of_nobody_are_part_of_what_they_stand_among_or_next_to(lines, known, with_them):
    """S5"""
    assert list(with_nobody([known], [(0, size) for size in lines])) == [with_them]


def test_a_line_with_anybody_in_it_is_not_of_nobody():
    lines = [(0, 3), (5, 1), (0, 2), (6, 1), (1, 0), (12, 7)]
    known = Sum(5, (1, 3))
    assert list(with_nobody([known], lines)) == [known]
