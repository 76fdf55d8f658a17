"""Lines that nearly add up, and those that are percentages or averages of others (rulebook S2).

Whether it is by chance is a number: the tests stand on both sides of where it turns.
"""

import pytest

from sharing.statistics.doubt_rules import DOUBTED, NearSum, nearly_sums, worked_out_of


def nearly(*lines, totals=(), other_totals=()):
    return list(nearly_sums(lines, set(totals), set(other_totals)))


def worked_out(*lines, other_totals=()):
    return list(worked_out_of(lines, set(other_totals)))


class TestNearlySums:
    def test_a_line_that_adds_up_but_for_one_cell_is_told_with_the_place(self):
        assert nearly((700, 300, 1), (500, 900, 5), (1200, 1200, 7)) == [NearSum(2, 2, 7, 6, 2)]

    def test_a_line_that_adds_up_in_every_cell_is_a_total_and_no_doubt(self):
        assert nearly((700, 300, 1), (500, 900, 5), (1200, 1200, 6)) == []

    @pytest.mark.parametrize(("agreeing", "told"), [(1199, 1), (1198, 0)])
    def test_one_of_two_cells_agrees_too_well_to_be_by_chance(self, agreeing, told):
        # One number in 1,200 agrees; one of 2 cells, of 3 lines, 200 times less likely than once.
        assert len(nearly((600, 1), (agreeing - 600, 5), (agreeing, 50))) == told

    @pytest.mark.parametrize(("agreeing", "told"), [(12799, 1), (12798, 0)])
    def test_a_run_beside_the_line_must_agree_better_than_all_others(self, agreeing, told):
        apart = (7, 900_000)
        parts, total = [(600, 1), (agreeing - 600, 5)], (agreeing, 50)
        for lines in ([apart, *parts, total], [total, *parts, apart]):
            doubts = nearly(*lines)
            assert len(doubts) == told
            assert all(doubt.line == lines.index(total) for doubt in doubts)

    def test_a_run_may_be_longer_and_begins_beside_the_line(self):
        parts, total = [(6000, 1), (9000, 5), (30000, 8)], (45000, 50)
        apart = (9_000_000, 900_000)
        assert nearly(apart, *parts, total) == [NearSum(4, 1, 50, 14, 1)]
        assert nearly(total, *parts, apart) == [NearSum(0, 1, 50, 14, 1)]
        assert nearly(parts[0], parts[1], apart, (15000, 50), (10**9, 3)) == []
        assert nearly(*parts[:1], total, *parts[1:], apart) == []

    def test_each_line_is_told_of_once(self):
        # By all others, and by the run before it.
        assert len(nearly((600_000, 1), (900_000, 5), (1_500_000, 50))) == 1

    @pytest.mark.parametrize(
        ("agreeing", "stands", "off", "told"),
        [
            # Two persons off is near, whatever the count, and so is a fiftieth of it.
            (29, 99, 2, 1),
            (28, 99, 2, 0),
            (29, 99, 3, 0),
            (27, 150, 3, 1),
            (26, 150, 3, 0),
            (27, 150, 4, 0),
            (29, 149, 3, 0),
            (29, 99, -2, 1),
            (28, 99, -2, 0),
            # Near a small count is near by chance.
            (599, 1, 2, 1),
            (598, 1, 2, 0),
        ],
    )
    def test_a_cell_that_is_near_agrees_a_little(self, agreeing, stands, off, told):
        lines = (agreeing - 9, 1), (9, stands + off - 1), (agreeing, stands)
        expected = [NearSum(2, 1, stands, stands + off, 1)]
        assert nearly(*lines) == expected * told

    def test_the_first_cell_that_is_off_is_told(self):
        lines = (600, 1, 0), (599, 5, 7), (1199, 50, 9)
        assert nearly(*lines) == [NearSum(2, 1, 50, 6, 1)]

    def test_the_same_cells_once_more_say_nothing_new(self):
        assert nearly((600, 600, 1), (599, 599, 5), (1199, 1199, 50))
        assert nearly((500, 500, 1), (599, 599, 5), (1099, 1099, 50)) == []

    @pytest.mark.parametrize(("agreeing", "told"), [(599, 1), (598, 0)])
    def test_a_cell_with_one_count_that_is_not_0_says_nothing_unless_it_is_off(
        self, agreeing, told
    ):
        lines = (9, 0, 500), (agreeing - 9, 7, 0), (agreeing, 9, 500)
        assert nearly(*lines) == [NearSum(2, 1, 9, 7, 1)] * told

    def test_at_least_half_of_the_cells_fit(self):
        off = [(1, 40), (2, 50), (4, 60)]
        for number, told in ((1, 1), (2, 0)):
            lines = (
                (4 * 10**9, *(part for part, _ in off[:number])),
                (6 * 10**9, *(part for part, _ in off[:number])),
                (10**10, *(total for _, total in off[:number])),
            )
            assert len(nearly(*lines)) == told

    def test_totals_of_the_other_direction_say_nothing_new(self):
        lines = (600, 1, 600), (900, 5, 900), (1500, 6, 1501)
        assert nearly(*lines, other_totals={2}) == []
        assert nearly(*lines) == [NearSum(2, 2, 1501, 1500, 2)]
        lines = (600, 1, 600), (300, 5, 301), (900, 50, 901)
        assert nearly(*lines, other_totals={0}) == []
        assert len(nearly(*lines)) == 1

    def test_totals_and_lines_of_nobody_take_no_part(self):
        first, second, total = (700, 300, 1), (500, 900, 5), (1200, 1200, 7)
        assert nearly(first, second, total, totals={2}) == []
        assert nearly(first, second, total, (0, 0, 0)) == [NearSum(2, 2, 7, 6, 2)]
        assert nearly(first, (1200, 1200, 6), second, total, totals={1})[0].line == 3
        assert nearly(first, (0, 0, 0), second, total)[0].line == 3

    @pytest.mark.parametrize(("lines", "told"), [(DOUBTED, 1), (DOUBTED + 1, 0)])
    def test_only_tables_of_sixty_lines_are_looked_through(self, lines, told):
        assert DOUBTED == 60
        table = [(1, 1)] * (lines - 3) + [(9_000_000, 1), (8_000_000, 5), (17_000_000, 50)]
        assert [doubt.line for doubt in nearly(*table)] == [lines - 1] * told


class TestPercentages:
    PUPILS = (120, 90, 77, 60)
    MEALS = (30, 4, 20, 33)
    SHARE = (25, 4, 26, 55)

    def test_of_one_line_in_another(self):
        assert worked_out(self.PUPILS, self.MEALS, self.SHARE) == [(2, "percentages")]
        assert worked_out(self.SHARE, self.MEALS, self.PUPILS) == [(0, "percentages")]

    def test_not_if_one_of_them_is_none(self):
        assert worked_out(self.PUPILS, self.MEALS, (25, 4, 26, 57)) == []
        assert worked_out(self.PUPILS, self.MEALS, (25, 6, 26, 55)) == []

    def test_each_line_of_percentages_is_told_of(self):
        language, share = (77, 9, 31, 15), (64, 10, 40, 25)
        assert worked_out(self.PUPILS, self.MEALS, self.SHARE, language, share) == [
            (2, "percentages"),
            (4, "percentages"),
        ]

    def test_of_one_line_in_all_others_together(self):
        girls, boys = (90, 30, 63, 10), (27, 60, 35, 41)
        assert worked_out(girls, boys, (77, 33, 64, 20)) == [(2, "percentages")]

    def test_of_one_line_in_its_own_total(self):
        # In hundreds: 41 + 125 + 83 + 251 = 500.
        assert worked_out((41, 125, 83, 251), (8, 25, 17, 50)) == [(1, "percentages")]

    def test_two_equal_lines_of_a_hundred_are_no_percentages_of_each_other(self):
        assert worked_out((21, 32, 17, 30), (21, 32, 17, 30)) == []

    @pytest.mark.parametrize(
        ("stands", "is_share"), [(11, False), (12, True), (13, True), (14, False)]
    )
    def test_to_the_nearest_whole_number_and_half_either_way(self, stands, is_share):
        # One in eight is 12.5 %.
        lines = (800, 321, 97, 211), (100, 151, 13, 44), (stands, 47, 13, 21)
        assert worked_out(*lines) == [(2, "percentages")] * is_share

    @pytest.mark.parametrize(
        ("whole", "part", "share", "is_share"),
        [
            # Three that say something, and 100, which does not.
            ((321, 97, 211, 80), (151, 13, 44, 80), (47, 13, 21, 100), True),
            ((321, 97, 211, 80), (151, 13, 44, 0), (47, 13, 21, 0), True),
            ((321, 97, 80, 70), (151, 13, 80, 70), (47, 13, 100, 100), False),
            ((321, 97, 80, 70), (151, 13, 0, 0), (47, 13, 0, 0), False),
            # The same once more says nothing new.
            ((321, 97, 321, 97), (151, 13, 151, 13), (47, 13, 47, 13), False),
            # A part is no more than the whole.
            ((321, 97, 211, 300), (151, 13, 44, 301), (47, 13, 21, 100), False),
            # Nor are there percentages of nobody.
            ((321, 97, 211, 0), (151, 13, 44, 0), (47, 13, 21, 100), True),
            ((321, 97, 211, 0), (151, 13, 44, 0), (47, 13, 21, 101), False),
            # One in a hundred, and 99 of them.
            ((321, 97, 200, 80), (151, 13, 2, 80), (47, 13, 1, 100), True),
            ((321, 97, 200, 80), (151, 13, 198, 80), (47, 13, 99, 100), True),
        ],
    )
    def test_three_of_them_must_say_something(self, whole, part, share, is_share):
        assert worked_out(whole, part, share) == [(2, "percentages")] * is_share

    @pytest.mark.parametrize(
        ("places", "lines", "is_share"),
        [(3, 5, True), (3, 6, False), (4, 15, True), (4, 16, False)],
    )
    def test_in_a_table_of_many_lines_more_must_agree(self, places, lines, is_share):
        whole, part, share = (321, 97, 211, 317), (151, 13, 44, 20), (47, 13, 21, 6)
        others = [(1000 + 7 * at, 5000 + 11 * at, 3000, 9000 + at) for at in range(lines - 3)]
        table = [line[:places] for line in (whole, part, share, *others)]
        assert worked_out(*table) == [(2, "percentages")] * is_share

    def test_in_totals_of_the_other_direction_nothing_is_looked_for(self):
        lines = (*self.PUPILS, 347), (*self.MEALS, 87), (*self.SHARE, 110)
        assert worked_out(*lines) == []
        assert worked_out(*lines, other_totals={4}) == [(2, "percentages")]
        assert worked_out(*lines, other_totals={3, 4}) == [(2, "percentages")]
        assert worked_out(*lines, other_totals={2, 3, 4}) == []
        assert worked_out(*lines, other_totals={0, 1, 2, 3, 4}) == []

    def test_lines_of_nobody_and_one_line_alone_are_passed_over(self):
        assert worked_out(self.SHARE) == []
        assert worked_out((0, 0, 0, 0), self.SHARE) == []
        table = (0, 0, 0, 0), self.PUPILS, self.MEALS, self.SHARE
        assert worked_out(*table) == [(3, "percentages")]

    @pytest.mark.parametrize(("lines", "told"), [(DOUBTED, 1), (DOUBTED + 1, 0)])
    def test_only_tables_of_sixty_lines_are_looked_through(self, lines, told):
        whole, part = (321, 97, 211, 317, 91, 87, 59), (151, 13, 44, 20, 77, 30, 29)
        share = tuple(round(100 * some / all_) for some, all_ in zip(part, whole, strict=True))
        others = [(1000 + at,) * 7 for at in range(lines - 3)]
        assert worked_out(whole, part, share, *others) == [(2, "percentages")] * told


class TestAverages:
    @pytest.mark.parametrize(
        ("mean", "is_mean"),
        [
            # 34 · 34 · 34 is more than 200 · 3 · 4³, and 33 · 34 · 34 is less.
            ((33, 33, 33), True),
            ((32, 33, 33), False),
        ],
    )
    def test_of_all_other_lines(self, mean, is_mean):
        first = (30 - 3 * (33 - mean[0]), 31, 32)
        assert worked_out(first, (33, 34, 32), (36, 34, 35), mean) == [(3, "averages")] * is_mean

    @pytest.mark.parametrize(("more", "is_mean"), [(1, True), (2, False), (-1, True), (-2, False)])
    def test_of_three_to_the_nearest_whole_number(self, more, is_mean):
        lines = (110, 231, 332 + more), (150, 250, 341), (160, 269, 350)
        assert worked_out(*lines, (140, 250, 341)) == [(3, "averages")] * is_mean

    @pytest.mark.parametrize(("more", "is_mean"), [(2, True), (3, False), (-2, True), (-3, False)])
    def test_of_four_half_either_way(self, more, is_mean):
        lines = (110, 231, 332 + more), (150, 250, 341), (160, 269, 350), (140, 250, 341)
        assert worked_out(*lines, (140, 250, 341)) == []
        lines = (110, 231, 332 + more), (150, 251, 341), (160, 269, 350), (140, 249, 341)
        assert worked_out(*lines, (140, 250, 341)) == [(4, "averages")] * is_mean

    def test_not_of_two_nor_in_two_places(self):
        assert worked_out((110, 231, 332), (170, 269, 350), (140, 250, 341)) == []
        lines = (11_000, 23_100), (15_000, 25_000), (16_000, 26_900)
        assert worked_out(*lines, (14_000, 25_000)) == []
        again = [(*line, line[0]) for line in (*lines, (14_000, 25_000))]
        assert worked_out(*again) == []

    @pytest.mark.parametrize(("mean", "is_mean"), [((31, 39, 39), True), ((31, 39, 38), False)])
    def test_exactly_so_unlikely_is_unlikely(self, mean, is_mean):
        # 32 · 40 · 40 is 200 · 4 · 4³.
        less = 4 * (39 - mean[2])
        lines = (30, 41, 36), (32, 37, 42), (29, 40, 38), (33, 38, 40 - less)
        assert worked_out(*lines, mean) == [(4, "averages")] * is_mean

    def test_a_line_with_nobody_in_one_place_counts(self):
        lines = (0, 231, 332), (260, 250, 341), (160, 269, 350)
        assert worked_out(*lines, (140, 250, 341)) == [(3, "averages")]

    def test_places_of_nobody_say_nothing(self):
        lines = (110, 231, 0), (150, 250, 0), (160, 269, 0)
        assert worked_out(*lines, (140, 250, 0)) == []
        more = [(*line, count) for line, count in zip(lines, (332, 341, 350), strict=True)]
        assert worked_out(*more, (140, 250, 0, 341)) == [(3, "averages")]
