"""A figure becomes a panel: its chart, what the chart is about in words, and its key."""

from sharing.figures.bars import bars
from sharing.figures.chart import Figure, Kind, Panel
from sharing.figures.columns import columns
from sharing.figures.svg import swatch

DRAW = {Kind.COLUMNS: columns, Kind.BARS: bars}


def panel(figure: Figure, kind: Kind) -> Panel:
    """Return the figure with a chart of this kind; a key only where numbers are stacked."""
    headings = figure.headings[: figure.drawn]
    key = [(swatch(figure.name, place), heading) for place, heading in enumerate(headings)]
    return Panel(figure, DRAW[kind](figure, about(figure)), key if len(key) > 1 else [])


def about(figure: Figure) -> str:
    """Return what a chart is about: its most, and that a table has the same numbers."""
    sums = [
        (sum(number.value for number in row.numbers[: figure.drawn]), row.label)
        for row in figure.rows
    ]
    most, label = max(sums, key=lambda one: one[0], default=(0, ""))
    parts = " and ".join(
        [", ".join(figure.headings[: figure.drawn][:-1]), figure.headings[figure.drawn - 1]]
    )
    return (
        f"{parts.removeprefix(' and ')} by {figure.of_rows.lower()}. The most is {most:,}, {label}. "
        "The table after the chart has the same numbers."
    )
