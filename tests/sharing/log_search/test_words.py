"""Every kind of event that the code writes to the log has words, and no others have."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from consent.models import Ruling, WaitingMove
from consent.models.requests import StepKind as OptOutStep
from notices.models.reports import StepKind as ReportStep
from privacy_portal.ground.accounts.models import RoleProposal
from privacy_portal.signing_in.telling import CHANGES
from sharing.log_search.words import EVENTS, FILES, GROUPS, LOOKS
from sharing.models import (
    AgreementEvent,
    AmendmentStep,
    IncidentStep,
    OverrideStep,
    PolicyAnswer,
    RecallStep,
)
from tests.places import ROOT

APPENDING = "privacy_portal.ground.log.appending"
# By how kinds begin that code makes of a word: the words there are.
MADE_OF = {
    "agreement-": AgreementEvent.Kind,
    "amendment-": AmendmentStep.Kind,
    "incident-": IncidentStep.Kind,
    "move-": WaitingMove.State,
    "objection-": Ruling.Kind,
    "opt-out-": OptOutStep,
    "override-": OverrideStep.Kind,
    "policy-": PolicyAnswer.Kind,
    "recall-": RecallStep.Kind,
    "report-": ReportStep,
    "roles-": RoleProposal.Answer,
}
# A move that waits is logged as `move-waits`, an open proposal is not logged by that name.
NEVER = {"move-waiting", "roles-"}


@cache
def modules() -> dict[str, ast.Module]:
    """Each module of the code by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for app in ("privacy_portal", "notices", "consent", "sharing")
        for path in sorted((ROOT / app).rglob("*.py"))
        if "migrations" not in path.parts
    }


def names_of_writers(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names under which a module has `record` or `body`, and those of the whole module."""
    functions, whole = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name
                if node.module == APPENDING and alias.name in ("record", "body"):
                    functions.add(name)
                elif f"{node.module}.{alias.name}" == APPENDING:
                    whole.add(name)
    return functions, whole


def first_arguments(tree: ast.Module) -> Iterator[ast.expr]:
    functions, whole = names_of_writers(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        by_name = isinstance(node.func, ast.Name) and node.func.id in functions
        of_module = (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in ("record", "body")
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in whole
        )
        if by_name or of_module:
            yield node.args[0]


def kinds_of(expression: ast.expr, tree: ast.Module) -> set[str]:
    match expression:
        case ast.Constant(value=str(kind)):
            return {kind}
        case ast.IfExp(body=one, orelse=other):
            return kinds_of(one, tree) | kinds_of(other, tree)
        case ast.JoinedStr(values=[ast.Constant(value=str(begin)), ast.FormattedValue()]):
            return {f"{begin}{word}" for word in MADE_OF[begin].values} - NEVER
        case ast.Name(id=name):
            return named_kinds(name, tree)
    raise AssertionError(f"How is this event called? {ast.unparse(expression)}")


def named_kinds(name: str, tree: ast.Module) -> set[str]:
    """The texts that a constant, or the first argument of calls of the function around, can be."""
    texts: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = (
                    zip(target.elts, node.value.elts, strict=True)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
                for one, value in pairs:
                    if isinstance(one, ast.Name) and one.id == name:
                        texts |= kinds_of(value, tree)
    return texts or handed_in(name, tree)


def handed_in(name: str, tree: ast.Module) -> set[str]:
    """The texts that any module hands to the functions of `tree` whose first argument has this name."""
    home = next(module for module, other in modules().items() if other is tree)
    functions = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and [each.arg for each in (*node.args.posonlyargs, *node.args.args)][:1] == [name]
    }
    return {
        str(node.args[0].value)
        for other in modules().values()
        for node in ast.walk(other)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if called(node, other, home) in functions
    }


def called(node: ast.Call, tree: ast.Module, home: str) -> str:
    """The name of the function of the module `home` that is called; empty for any other."""
    match node.func:
        case ast.Attribute(attr=name, value=ast.Name(id=module)) if home.endswith(f".{module}"):
            return name
        case ast.Name(id=name) if tree is modules()[home] or any(
            isinstance(each, ast.ImportFrom)
            and each.module == home
            and name in [alias.name for alias in each.names]
            for each in tree.body
        ):
            return name
    return ""


@pytest.fixture(scope="module")
def kinds() -> set[str]:
    """Every kind of event that the code writes."""
    every = {event for event, _ in CHANGES.values()}
    for module, tree in modules().items():
        if module != APPENDING:
            for argument in first_arguments(tree):
                every |= kinds_of(argument, tree)
    return every


def test_the_search_finds_kinds_however_code_names_them(kinds):
    assert len(kinds) > 150
    for kind in (
        "pupil-opened", "move-confirmed", "request-step", "merge-agreed", "release-redefined", "list-refused",
        "recovery-code-used", "assurance-withdrawn", "new-browser", "amendment-due",
    ):  # fmt: skip
        assert kind in kinds


def test_every_kind_of_event_has_words_and_no_other_has(kinds):
    assert kinds - EVENTS.keys() == set()
    assert EVENTS.keys() - kinds == set()


def test_words_are_sentences_of_their_own_and_no_two_events_of_a_group_share_one():
    for group, events in GROUPS.items():
        texts = [EVENTS[kind].text for kind in events]
        assert len(set(texts)) == len(texts), group
        assert all(text[0].isupper() and not text.endswith(".") for text in texts), group
    assert len(EVENTS) == sum(map(len, GROUPS.values()))
    assert "pupil-opened" in LOOKS


def test_every_file_that_is_downloaded_has_words():
    files = {
        str(node.args[0].value)
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "log_download"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert files == FILES.keys()
