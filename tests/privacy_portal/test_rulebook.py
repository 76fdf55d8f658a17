"""Tests of docs/rulebook.md: every rule that is cited stands there, and every rule there is enforced and
tested where it says, or names the planned work that will enforce it."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from consent.rules import Refusal
from sharing.counts_rules import Method
from sharing.rules import Form, Outcome, Reason

# One process reads all code and tests, once.
pytestmark = pytest.mark.xdist_group("rulebook")
ROOT = Path(__file__).resolve().parent.parent.parent
RULEBOOK = (ROOT / "docs" / "rulebook.md").read_text(encoding="utf-8")
CODE = re.compile(r"\b[NCAPQKHSRL]\d{1,2}[a-d]?\b")
PATH = re.compile(r"`([\w/.]+\.py)`")
NOT_YET = re.compile(r"^Not yet(?:: [^()]+)? \(issues? ([A-Z](?: and [A-Z])?)\)\.$", re.MULTILINE)
# Parts D and Words have headings instead of codes.
PARTS = {"D. Deciding a disclosure": "D", "Words": "Words"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as the rulebook has it: `cited_as` is how code and tests name it, `issues` the planned work."""

    heading: str
    cited_as: str
    enforced_in: tuple[str, ...]
    tested_in: tuple[str, ...]
    issues: str


def rules() -> Iterator[Rule]:
    """Read the rules: each second or third heading that says where it is enforced, or when it will be."""
    headings = list(re.finditer(r"^##(#?) (.+)$", RULEBOOK, re.MULTILINE))
    part = ""
    ends = [*(heading.start() for heading in headings[1:]), len(RULEBOOK)]
    for heading, end in zip(headings, ends, strict=True):
        text = RULEBOOK[heading.end() : end]
        part = part if heading[1] else heading[2]
        if heading[1] or "\nEnforced in " in text:
            enforced = re.search(r"^Enforced in (.+)\.$", text, re.MULTILINE)
            tested = re.search(r"^Tested in (.+)\.$", text, re.MULTILINE)
            planned = NOT_YET.search(text)
            yield Rule(
                heading[2],
                PARTS.get(part, heading[2]),
                tuple(PATH.findall(enforced[1])) if enforced else (),
                tuple(PATH.findall(tested[1])) if tested else (),
                planned[1] if planned else "",
            )


RULES = list(rules())
CODES = {rule.heading for rule in RULES if CODE.fullmatch(rule.heading)}


def words_of(path: Path) -> str:
    """Return what a file says to its readers. Of Python that is comments, docstrings, and codes that other
    text has in brackets, as in “It never changes (A2).”"""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    words = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    ]
    nodes = list(ast.walk(ast.parse(text)))
    for node in nodes:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            words.append(ast.get_docstring(node) or "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words += re.findall(rf"\({CODE.pattern}\)", node.value)
    return "\n".join(words)


@cache
def files() -> dict[str, str]:
    """Return the words of every file of code, tests, templates and documentation, by path."""
    folders = (
        "privacy_portal",
        "notices",
        "consent",
        "sharing",
        "templates",
        "tests",
        "bench",
        "docs",
    )
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    paths += ROOT.glob("*.md")
    return {
        str(path.relative_to(ROOT)): words_of(path)
        for path in paths
        if path.suffix in {".py", ".html", ".txt", ".md"}
    }


def cites(path: str, code: str) -> bool:
    return re.search(rf"\b{code}\b", files()[path]) is not None


def test_every_code_that_is_cited_stands_in_the_rulebook():
    unknown = {
        f"{path}: {code}"
        for path, words in files().items()
        for code in set(CODE.findall(words)) - CODES
    }
    assert unknown == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.heading.replace(" ", "-"))
def test_a_rule_is_enforced_and_tested_or_planned(rule):
    if not rule.enforced_in:
        assert rule.issues
        return
    missing = [path for path in rule.enforced_in + rule.tested_in if path not in files()]
    assert missing == []
    assert not any(path.startswith("tests/") for path in rule.enforced_in)
    assert all(path.startswith("tests/") for path in rule.tested_in)
    assert any(cites(path, rule.cited_as) for path in rule.enforced_in)
    assert any(cites(path, rule.cited_as) for path in rule.tested_in)


def test_no_rule_stands_twice():
    assert len(CODES) > 60
    headings = [rule.heading for rule in RULES]
    assert len(headings) == len(set(headings))


def test_reasons_stand_in_their_order():
    anchors = re.findall(r'<a id="([\w-]+)"></a>`\1`', RULEBOOK)
    assert set(anchors) == set(Reason)
    assert [anchor for anchor in anchors if anchor in set(Reason)] == list(Reason)


@pytest.mark.parametrize("words", [Refusal, Form, Method, Outcome])
def test_the_words_of_the_code_are_those_of_the_rulebook(words):
    assert [word.value for word in words if f"`{word.value}`" not in RULEBOOK] == []


def test_every_reason_is_tested():
    paths = [ROOT / "tests" / "data" / "cases.json", *(ROOT / "tests" / "sharing").rglob("*.py")]
    tests = "".join(path.read_text(encoding="utf-8") for path in paths)
    unseen = [
        reason.value
        for reason in Reason
        if f'"{reason.value}"' not in tests and f"Reason.{reason.name}" not in tests
    ]
    assert unseen == []


def slug(heading: str) -> str:
    """Return the anchor that a heading gets on the page."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_links_to_rules_lead_somewhere():
    anchors = {slug(heading) for heading in re.findall(r"^#+ (.+)$", RULEBOOK, re.MULTILINE)}
    anchors |= set(re.findall(r'<a id="([\w-]+)"></a>', RULEBOOK))
    links = re.findall(r"\]\(#([\w-]+)\)", RULEBOOK)
    for path, words in files().items():
        links += re.findall(r"rulebook\.md#([\w-]+)", words) if path.endswith(".md") else []
    assert set(links) - anchors == set()


def test_pages_that_speak_of_the_rulebook_lead_to_it():
    speaking = [
        path for path, words in files().items() if path.endswith(".md") and "rulebook" in words
    ]
    assert [path for path in speaking if "rulebook.md" not in files()[path]] == []
