"""Cells that a spreadsheet would run as a formula are written as text."""

import pytest

from privacy_portal.ground.files.formulas import neutralised


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
