"""Prints figures of the code: sizes, functions, names, templates, coverage and mutation score.

`python docs/make_figures.py [FOLDER …]` prints a column for each checkout, this one if none is
named, so that a state of before stands beside one of now.
"""

import ast
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APPS = ("privacy_portal", "notices", "consent", "sharing")
Function = ast.FunctionDef | ast.AsyncFunctionDef
# Participles and determiners that stood for things of the domain.
NO_NOUNS = {
    "found", "shown", "kept", "each", "waiting", "made", "told", "known", "given", "held", "asked",
    "wanted", "ones", "there", "listed", "chosen", "written",
}  # fmt: skip


def figures(root: Path) -> dict[str, str]:
    """Return each figure of a checkout by its name."""
    sources = {path: path.read_text() for path in code(root)}
    trees = {path: ast.parse(text) for path, text in sources.items()}
    functions = [function for tree in trees.values() for function in functions_of(tree)]
    lengths = [lines_of(function) for function in functions]
    sizes = [filled(text) for text in sources.values()]
    public = [function for function in functions if not function.name.startswith("_")]
    folders = Counter(path.parent for path in sources)
    largest, files = folders.most_common(1)[0]
    words = Counter(re.findall(r"\w+", "\n".join(sources.values())))
    tests = sum(filled(path.read_text()) for path in (root / "tests").rglob("*.py"))
    templates = [
        line
        for path in (root / "templates").rglob("*.html")
        for line in path.read_text().splitlines()
    ]
    return {
        "Code files": f"{len(sources):,}",
        "Code lines that are not empty": f"{sum(sizes):,}",
        "Median and largest file, lines": f"{statistics.median(sizes):.0f} / {max(sizes)}",
        "Files over 300 and over 400 lines": f"{above(sizes, 300)} / {above(sizes, 400)}",
        "Largest folder of code": f"{largest.relative_to(root)}: {files} files",
        "Functions, median lines": f"{len(functions):,}, {statistics.median(lengths):.0f}",
        "Functions over 40 and over 60 lines, longest": (
            f"{above(lengths, 40)} / {above(lengths, 60)} / {max(lengths)}"
        ),
        "Functions with more than 7 parameters": str(
            above([parameters(function) for function in functions], 7)
        ),
        "Public functions with a docstring": (
            f"{share(public, lambda function: bool(ast.get_docstring(function)))} %"
        ),
        "`Any`, `type: ignore`, `noqa`": (
            f"{words['Any']} / {count(sources, 'type: ignore')} / {count(sources, 'noqa')}"
        ),
        "Names that are no nouns": f"{sum(no_nouns(tree) for tree in trees.values()):,}",
        "Template lines over 120 and over 160 characters": (
            f"{above(map(len, templates), 120)} / {above(map(len, templates), 160)}"
        ),
        "Test lines, ratio to code": f"{tests:,}, {tests / sum(sizes):.2f}",
        "Branch coverage": measured(root / "build" / "coverage.json", "totals", "percent_covered"),
        "Mutants of rules killed": measured(root / "build" / "mutants.json", "percent_killed"),
    }


def code(root: Path) -> Iterator[Path]:
    """Yield the Python files of the apps, without migrations."""
    for app in APPS:
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts and path.stat().st_size:
                yield path


def functions_of(tree: ast.AST) -> list[Function]:
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def parameters(function: Function) -> int:
    arguments = function.args
    return len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)


def no_nouns(tree: ast.AST) -> int:
    """Count where a variable, parameter or attribute has a name that is no noun."""
    return sum(
        (isinstance(node, ast.Name) and node.id in NO_NOUNS)
        or (isinstance(node, ast.arg) and node.arg in NO_NOUNS)
        for node in ast.walk(tree)
    )


def filled(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())


def above(values: Iterable[int], bound: int) -> int:
    return sum(value > bound for value in values)


def share(values: Sequence[Function], holds: Callable[[Function], bool]) -> int:
    return round(100 * sum(map(holds, values)) / len(values))


def count(sources: Mapping[Path, str], words: str) -> int:
    return sum(text.count(words) for text in sources.values())


def measured(path: Path, *keys: str) -> str:
    """Read a percentage that another program left; say so where it has not run."""
    if not path.exists():
        return "not measured here"
    value = json.loads(path.read_text())
    for key in keys:
        value = value[key]
    return f"{value:.1f} %"


def main() -> None:
    roots = [Path(name).resolve() for name in sys.argv[1:]] or [ROOT]
    columns = [figures(root) for root in roots]
    print("| | " + " | ".join(root.name for root in roots) + " |")
    print("|---" * (len(roots) + 1) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


if __name__ == "__main__":
    main()
