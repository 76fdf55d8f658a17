"""Charts hold any name as text, and say without colour what they mean."""

import pytest
from hypothesis import given, strategies as st
from lxml import etree

from sharing.figures.bars import bars
from sharing.figures.chart import Figure, Number, Row
from sharing.figures.columns import columns
from sharing.figures.svg import PATTERNS, drawing, element, linked, swatch, text

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert(1)</script> & "O\'Neill" \x00\x1b'


def figure(*stacks, label="Nov 2026", href="/staff/disclosures/?first_0=1&last_0=2"):
    rows = [Row(label, [Number(value, href) for value in stack]) for stack in stacks]
    return Figure("chart", "A chart", "Month", ["In full", "In part"], rows, drawn=2)


def read(chart):
    """The chart as XML and, since a page holds it, without anything that the policy of pages forbids."""
    root = etree.fromstring(str(chart))
    assert not [
        one for one in root.iter() if one.get("style") or one.tag in (f"{SVG}style", f"{SVG}script")
    ]
    return root


@given(words=st.text(max_size=60))
def test_any_name_is_text(words):
    chart = drawing(
        "x", words, words, 10, [linked(element("rect"), words, f"/?q={words}"), text(words)]
    )
    root = read(chart)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        "svg", "title", "desc", "defs", "pattern", "rect", "path", "a", "text",
    }  # fmt: skip


@pytest.mark.parametrize("draw", [columns, bars])
def test_a_chart_has_a_title_a_description_and_a_link_behind_each_area(draw):
    root = read(draw(figure((3, 1), (0, 2), label=HOSTILE), "about it"))
    assert root.get("role") == "group"
    assert root.find(f"{SVG}title").text == "A chart"
    assert root.find(f"{SVG}desc").text == "about it"
    links = root.findall(f".//{SVG}a")
    said = [link.get("aria-label") for link in links]
    assert [words.rsplit(": ")[-1] for words in said] == ["3 In full", "1 In part", "2 In part"]
    assert {link.get("href") for link in links} == {"/staff/disclosures/?first_0=1&last_0=2"}


@pytest.mark.parametrize("draw", [columns, bars])
def test_areas_are_as_large_as_their_numbers(draw):
    root = read(draw(figure((30, 10), (0, 20)), "about"))
    side = "height" if draw is columns else "width"
    areas = [
        float(rect.get(side).rstrip("%"))
        for rect in root.iter(f"{SVG}rect")
        if rect.get("fill", "").startswith("url(")
    ]
    assert areas == pytest.approx([areas[0], areas[0] / 3, areas[0] * 2 / 3], rel=0.001)


@pytest.mark.parametrize("draw", [columns, bars])
def test_without_a_row_or_a_number_there_is_still_a_chart(draw):
    for empty in (figure(), figure((0, 0))):
        assert not read(draw(empty, "about")).findall(f".//{SVG}a")


def test_no_two_patterns_look_alike_without_colour():
    """In shades of grey: how light the ground is, and what is drawn on it."""
    shades = [
        sum(int(ground[place : place + 2], 16) for place in (1, 3, 5)) for ground, _ in PATTERNS
    ]
    looks = {(shade // 200, path) for shade, (_, path) in zip(shades, PATTERNS, strict=True)}
    assert len(looks) == len(PATTERNS)
    assert read(swatch("chart", 1)).find(f"{SVG}rect").get("fill") == "url(#chart-1)"


def test_a_long_name_takes_two_lines_at_most():
    long = "Association of Very Long Names " * 5
    root = read(bars(figure((3, 1), label=long), "about"))
    lines = [one.text for one in root.iter(f"{SVG}text")]
    assert len(lines) == 3
    assert max(map(len, lines)) <= 36
