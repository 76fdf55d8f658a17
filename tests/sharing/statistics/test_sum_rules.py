"""Lines that are sums of others, and what follows from several sums (rulebook S2)."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from sharing.statistics.sum_rules import Span, Sum, adds_up, independent


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
