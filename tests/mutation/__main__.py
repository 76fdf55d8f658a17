"""Change every rules module in small ways and count which changes its tests notice.

The tests of rules need no database and run here without Django, each mutant in a process of its
own: `python -m tests.mutation [--sample 200 --seed 7] [--module consent.rules]`. Ends with 1 when
fewer than 95 % die, fewer than 94 % of all mutants of a module, or when what survives is not what
`survivors.toml` explains. A run of all writes the share that dies to `build/mutants.json`.
"""

import argparse
import ast
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

import numpy as np  # noqa: F401  Loaded once, before a process is forked for each mutant.
import pytest
import scipy.optimize
import scipy.sparse  # noqa: F401
from hypothesis import Phase, settings

from tests.mutation.mutants import Mutant, compiled, mutants

ROOT = Path(__file__).resolve().parent.parent.parent
# The contract of the layers that lists the modules of rules.
RULES = "Rules know nothing of Django, the clock's modules or the database"
LEAST = 0.95
LEAST_OF_A_MODULE = 0.94
REPORT = ROOT / "build" / "mutants.json"
# Of the processor, besides what its tests take without a change: whatever takes more does not end.
SECONDS = 15
MEMORY = 4 * 2**30


class _Changed(MetaPathFinder, Loader):
    """Import one module from other code."""

    def __init__(self, name: str, code: CodeType):
        self.name, self.code = name, code

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Claim the one module."""
        return ModuleSpec(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the other code as the module."""
        exec(self.code, module.__dict__)


class _QuickestFirst:
    """Run the tests that take least first: most mutants die in those."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Sort the tests by what they took when all of them ran."""
        items.sort(key=lambda item: self.seconds.get(item.nodeid, 0))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Note what a test takes of the processor."""
        began = time.process_time()
        yield
        self.seconds[item.nodeid] = time.process_time() - began

    def of(self, tests: Sequence[Path]) -> float:
        """Return what the tests of these files took."""
        files = tuple(f"{test.relative_to(ROOT)}::" for test in tests)
        return sum(took for name, took in self.seconds.items() if name.startswith(files))


ORDER = _QuickestFirst()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests as they are, then against each mutant; print what survives and the scores."""
    options = _options(arguments)
    sources = rules_modules()
    texts = {name: path.read_text(encoding="utf-8") for name, path in sources.items()}
    tests = {name: tests_of(name, sources) for name in sources}
    suite = sorted({test for name in options.module or sources for test in tests[name]})
    settings.register_profile(
        "mutants", deadline=None, derandomize=True, max_examples=50, database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    settings.load_profile("mutants")
    began = time.monotonic()
    if not _as_they_are(suite):
        print("The tests fail as they are.")
        return 1
    print(f"The tests of rules alone, without a database: {time.monotonic() - began:.1f} s")
    chosen = [mutant for name in options.module or sources for mutant in mutants(name, texts[name])]
    everything = {(mutant.module, mutant.name) for mutant in chosen}
    if options.sample:
        chosen = random.Random(options.seed).sample(chosen, min(options.sample, len(chosen)))
    lived = list(_survivors(chosen, texts, tests, options.jobs))
    return _report(chosen, lived, everything)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--module", action="append", help="only this module; may be repeated")
    parser.add_argument("--sample", type=int, default=0, help="so many mutants, drawn by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return parser.parse_args(arguments)


def rules_modules() -> dict[str, Path]:
    """Return the file of every rules module by its dotted name, as the contract of the layers lists them."""
    settings_of_all = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings_of_all["tool"]["importlinter"]["contracts"]
    (contract,) = (contract for contract in contracts if contract["name"] == RULES)
    names = sorted(contract["source_modules"])
    return {name: ROOT / f"{name.replace('.', '/')}.py" for name in names}


def tests_of(module: str, sources: dict[str, Path]) -> list[Path]:
    """Return the tests of a module first, then those of the rules modules built upon it."""
    uses = {name: _imported(path) & set(sources) for name, path in sources.items()}
    order = [module]
    for name in order:
        order += [user for user in sources if name in uses[user] and user not in order]
    tests = {path: _imported(path) for path in sorted((ROOT / "tests").rglob("test_*rules*.py"))}
    found: dict[Path, None] = {}
    for name in order:
        beside = [test for test in tests if _is_beside(test, sources[name])]
        found |= dict.fromkeys([*beside, *(test for test in tests if name in tests[test])])
    return list(found)


def _is_beside(test: Path, source: Path) -> bool:
    """Return whether tests are named for a rules module, `test_rules_of_effect` among them."""
    folder = ROOT / "tests" / source.parent.relative_to(ROOT)
    return test.parent == folder and test.stem.startswith(f"test_{source.stem}")


@cache
def _imported(path: Path) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _survivors(
    chosen: Sequence[Mutant], texts: dict[str, str], tests: dict[str, list[Path]], jobs: int
) -> Iterator[Mutant]:
    """Test so many mutants at a time; give those whose tests all pass."""
    running: dict[int, Mutant] = {}
    limits = {name: SECONDS + int(ORDER.of(files)) for name, files in tests.items()}
    for number, mutant in enumerate(chosen):
        if number and not number % 100:
            print(f"{number} of {len(chosen)}", flush=True)
        if len(running) >= jobs:
            yield from _ended(running)
        code = compiled(mutant, texts[mutant.module])

        def run(mutant: Mutant = mutant, code: CodeType = code) -> bool:
            sys.meta_path.insert(0, _Changed(mutant.module, code))
            return all(_run([test]) for test in tests[mutant.module])

        running[_fork(run, limits[mutant.module])] = mutant
    while running:
        yield from _ended(running)


def _ended(running: dict[int, Mutant]) -> Iterator[Mutant]:
    child, status = os.wait()
    mutant = running.pop(child)
    if status == 0:
        print(f"survives: {_file(mutant)}  {mutant.before}  ->  {mutant.after}", flush=True)
        yield mutant


def _file(mutant: Mutant) -> str:
    return f"{mutant.module.replace('.', '/')}.py:{mutant.line}  {mutant.name}"


def _as_they_are(suite: Sequence[Path]) -> bool:
    """Run the tests without a mutant, in a process of its own, and learn what each takes."""
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:

        def run() -> bool:
            passed = _run(suite, loud=True)
            json.dump(ORDER.seconds, file)
            file.flush()
            return passed

        _, status = os.waitpid(_fork(run, SECONDS * 20), 0)
        if status == 0:
            file.seek(0)
            ORDER.seconds = json.load(file)
    return status == 0


def _fork(run: Callable[[], bool], seconds: int) -> int:
    """Start a process that ends with 0 if `run` says True; more seconds or memory end it too."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    with suppress(BaseException):
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.alarm(seconds * 10)
        code = 0 if run() else 1
    os._exit(code)


def _run(files: Sequence[Path], *, loud: bool = False) -> bool:
    """Run tests without Django and without the fixtures that need it."""
    if not loud:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
    options = ["-qx", "-c", os.devnull, f"--rootdir={ROOT}", "--noconftest", "-pno:cacheprovider"]
    options.append("--disable-plugin-autoload")
    code = pytest.main([*options, *map(str, files)], plugins=[ORDER])
    if "django" in sys.modules:
        print("A test of rules imports Django.")
        return False
    return code == pytest.ExitCode.OK


def _report(
    chosen: Sequence[Mutant], lived: Sequence[Mutant], everything: set[tuple[str, str]]
) -> int:
    """Print the score of each module; tell whether all of them and the table of survivors hold."""
    tried, alive = (Counter(mutant.module for mutant in some) for some in (chosen, lived))
    few = []
    for module in tried:
        died = tried[module] - alive[module]
        if len(chosen) == len(everything) and died < LEAST_OF_A_MODULE * tried[module]:
            few.append(module)
        print(f"{module:40} {died:4} of {tried[module]:4} die  {died / tried[module]:6.1%}")
    score = 1 - len(lived) / len(chosen)
    print(f"{'all':40} {len(chosen) - len(lived):4} of {len(chosen):4} die  {score:6.1%}")
    unsettled = list(_unsettled(chosen, lived, everything))
    print("\n".join(unsettled))
    if set(tried) == set(rules_modules()) and len(chosen) == len(everything):
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(json.dumps({"percent_killed": round(100 * score, 1)}), encoding="utf-8")
    if score < LEAST:
        print(f"Fewer than {LEAST:.0%} die.")
    for module in few:
        print(f"Fewer than {LEAST_OF_A_MODULE:.0%} die: {module}")
    return int(score < LEAST or bool(unsettled or few))


def _unsettled(
    chosen: Sequence[Mutant], lived: Sequence[Mutant], everything: set[tuple[str, str]]
) -> Iterator[str]:
    """Give what survives without a reason in the table, and entries of it that explain nothing."""
    table = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text(encoding="utf-8"))
    for mutant in lived:
        if not any(_names(entry, mutant.name) for entry in table.get(mutant.module, ())):
            yield f"not explained: {_file(mutant)}"
    tried = {(mutant.module, mutant.name) for mutant in chosen}
    living = {(mutant.module, mutant.name) for mutant in lived}
    for module in {module for module, _ in everything} & set(table):
        for entry in table[module]:
            covered = {
                (place, name)
                for place, name in everything
                if place == module and _names(entry, name)
            }
            if covered <= tried and not covered & living:
                yield f"stale entry: {module}  {entry}"


def _names(entry: str, mutant: str) -> bool:
    """Return whether an entry of the table is about a mutant: by its name, or all of a function."""
    return mutant == entry or (entry.endswith(": *") and mutant.startswith(entry[:-1]))


if __name__ == "__main__":
    sys.exit(main())
