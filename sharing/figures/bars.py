"""Charts of bars below each other, each under its name, so that long names fit on a phone."""

from textwrap import wrap

from markupsafe import Markup

from privacy_portal.ground.files.xml_elements import Element
from sharing.figures.chart import Figure, Row
from sharing.figures.rules import runs
from sharing.figures.svg import INK, drawing, element, fill, linked, share, text

# Lines of so many letters fit at 320 pixels.
LETTERS = 34
LINE, BAR, GAP = 20, 20, 14
# The longest bar takes so much of the width; its number stands behind it.
LONGEST = 0.8


def bars(figure: Figure, about: str) -> Markup:
    """Return a figure as bars, its drawn numbers stacked in their order, with their sum behind each."""
    sums = [sum(number.value for number in row.numbers[: figure.drawn]) for row in figure.rows]
    whole = max(sums, default=0) / LONGEST
    parts: list[Element] = []
    y = 0
    for row, total in zip(figure.rows, sums, strict=True):
        names = name_of(row.label, y)
        y += LINE * len(names) + 4
        parts += [*names, *_bar(figure, row, y, whole)]
        middle = f"{y + BAR / 2:g}"
        parts.append(text(f"{total:,}", x=share(total, whole), dx="8", y=middle, dy="0.35em"))
        y += BAR + GAP
    return drawing(figure.name, figure.title, about, y, parts)


def name_of(label: str, y: float) -> list[Element]:
    """Return a name in one or two lines, the first below `y`."""
    lines = wrap(label, LETTERS, max_lines=2, placeholder=" …") or [""]
    return [text(line, x="0", y=f"{y + 16 + LINE * place:g}") for place, line in enumerate(lines)]


def _bar(figure: Figure, row: Row, y: float, whole: float) -> list[Element]:
    values = row.numbers[: figure.drawn]
    edges = runs([number.value for number in values])
    return [
        linked(
            element(
                "rect",
                x=share(begin, whole),
                y=f"{y:g}",
                width=share(end - begin, whole),
                height=f"{BAR}",
                fill=fill(figure.name, series),
                stroke=INK,
            ),
            f"{row.label}: {value.value:,} {heading}",
            value.href,
        )
        for series, (heading, value, (begin, end)) in enumerate(
            zip(figure.headings, values, edges, strict=False)
        )
        if value.value
    ]
