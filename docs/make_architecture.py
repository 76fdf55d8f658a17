"""Draw the layers and rooms of the code as docs/images/rooms.svg, from the contracts that keep
their order (pyproject.toml, import-linter); `--check` fails where the picture or the list of rooms
in docs/architecture.md is stale."""

import re
import sys
import tomllib
from dataclasses import dataclass
from html import escape
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
PAGE = ROOT / "docs" / "architecture.md"
# From top to bottom; each may import what is drawn below it.
FLOORS = ("sharing", "consent", "notices", "privacy_portal.ground")
FRAME = (
    (
        "urls",
        "asgi",
        "front",
        "wsgi",
        "serving",
        "settings",
        "views",
        "passwords",
        "readiness",
        "context",
    ),
)
WIDTH, MARGIN, GAP = 700, 16, 8
BOX, LINE, TITLE, LETTER = 30, 38, 34, 7.6


@dataclass(frozen=True)
class Room:
    """A folder (drawn in full) or a module (drawn lightly) of a floor."""

    name: str
    is_folder: bool


def layers(floor: str) -> list[list[Room]]:
    """Return the layers of a floor from top to bottom, each with its rooms."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in contracts["contracts"]:
        if contract.get("containers") == [floor]:
            return [
                [room(floor, name.strip()) for name in layer.split("|")]
                for layer in contract["layers"]
            ]
    raise LookupError(f"No contract has the layers of {floor}.")


def room(floor: str, name: str) -> Room:
    return Room(name, (ROOT / floor.replace(".", "/") / name).is_dir())


def picture() -> str:
    """Return the drawing as SVG."""
    parts: list[str] = []
    top: float = MARGIN
    frame = [[Room(name, (ROOT / "privacy_portal" / name).is_dir()) for name in FRAME[0]]]
    for title, rows in (("privacy_portal", frame), *((floor, layers(floor)) for floor in FLOORS)):
        drawn, bottom = draw_floor(title, rows, top)
        parts += drawn
        top = bottom + MARGIN
    style = (
        "text{font:14px sans-serif;fill:#0b0c0c}.title{font-weight:bold;font-size:17px}"
        ".floor{fill:#f3f2f1;stroke:#b1b4b6}.folder{fill:#fff;stroke:#0b0c0c}"
        ".module{fill:none;stroke:#b1b4b6}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" role="img">'
        "<title>The layers and rooms of the code: each imports only what is drawn below it</title>"
        f"<style>{style}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def draw_floor(title: str, rows: list[list[Room]], top: float) -> tuple[list[str], float]:
    """Return the shapes of a floor and where it ends."""
    shapes = [f'<text class="title" x="{2 * MARGIN}" y="{top + 24}">{escape(title)}</text>']
    y = top + TITLE
    for row in rows:
        x: float = 2 * MARGIN
        for room in row:
            width = len(room.name) * LETTER + 20
            if x + width > WIDTH - 2 * MARGIN:
                x, y = 2 * MARGIN, y + LINE
            kind = "folder" if room.is_folder else "module"
            shapes.append(
                f'<rect class="{kind}" x="{x}" y="{y}" width="{width:.1f}" height="{BOX}" rx="3"/>'
                f'<text x="{x + 10}" y="{y + 20}">{escape(room.name)}</text>'
            )
            x += width + GAP
        y += LINE
    height = y + GAP - top
    shapes.insert(
        0,
        f'<rect class="floor" x="{MARGIN}" y="{top}" width="{WIDTH - 2 * MARGIN}" height="{height}"/>',
    )
    return shapes, top + height


def unlisted() -> list[str]:
    """Return the folders of floors that docs/architecture.md does not tell of, and what it tells of
    that is not there."""
    text = PAGE.read_text()
    names = set(re.findall(r"^\| `([\w/]+)/` \|", text, flags=re.MULTILINE))
    rooms = {
        f"{floor.replace('.', '/')}/{room.name}"
        for floor in FLOORS
        for room in chain.from_iterable(layers(floor))
        if room.is_folder
    }
    return sorted(rooms ^ names)


def main() -> int:
    if "--check" not in sys.argv:
        PICTURE.write_text(picture())
        return 0
    if PICTURE.read_text() != picture():
        print("docs/images/rooms.svg is stale: run `make docs`.", file=sys.stderr)
        return 1
    if rooms := unlisted():
        print(f"docs/architecture.md: {', '.join(rooms)} not told of, or gone.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
