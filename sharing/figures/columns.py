"""Charts of upright columns, one for each month."""

from markupsafe import Markup

from privacy_portal.ground.files.xml_elements import Element
from sharing.figures.chart import Figure, Row
from sharing.figures.rules import labelled, runs
from sharing.figures.svg import INK, WIDE, drawing, element, fill, grid, linked, share, text

HEIGHT = 220
# Of the place of a column so much is filled.
FILLED = 0.8
# With more columns their dark borders are thinner.
MANY = 40


def columns(figure: Figure, about: str) -> Markup:
    """Return a figure as columns, its drawn numbers stacked in their order."""
    stacks = [[number.value for number in row.numbers[: figure.drawn]] for row in figure.rows]
    lines, top = grid(max(map(sum, stacks), default=0), HEIGHT)
    parts = [*lines]
    for place, (row, stack) in enumerate(zip(figure.rows, stacks, strict=True)):
        parts += _column(figure, row, place, runs([HEIGHT * value / top for value in stack]))
    for number, place in enumerate(labelled(len(figure.rows))):
        middle = share(place + 0.5, len(figure.rows))
        label = figure.rows[place].label
        where = {"x": middle, "y": f"{HEIGHT + 22}", "text_anchor": "middle"}
        parts.append(text(label, **where, class_=WIDE if number % 2 else ""))
    return drawing(figure.name, figure.title, about, HEIGHT, parts, scaled=True)


def _column(
    figure: Figure, row: Row, place: int, edges: list[tuple[float, float]]
) -> list[Element]:
    number = len(figure.rows)
    return [
        linked(
            element(
                "rect",
                x=share(place + (1 - FILLED) / 2, number),
                y=f"{HEIGHT - end:.2f}",
                width=share(FILLED, number),
                height=f"{end - begin:.2f}",
                fill=fill(figure.name, series),
                stroke=INK,
                stroke_width="0.5" if number > MANY else "1",
            ),
            f"{row.label}: {value.value:,} {heading}",
            value.href,
        )
        for series, (heading, value, (begin, end)) in enumerate(
            zip(figure.headings, row.numbers, edges, strict=False)
        )
        if value.value
    ]
