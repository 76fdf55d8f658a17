"""What people read uses one word for one thing: words that were given up do not come back."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.places import ROOT

# By audience, what is not written any more, and what is written instead.
PUBLIC = {
    r"\b(?:pass(?:ed|es|ing)? on|goes whole|left out|who gets what)\b": "share",
    r"\b(?:gets?|got) (?:only|nothing)\b": "we will share only, we will not share anything",
    r"\b(?:it|opt-out|objection|opt-in|consent) (?:does not )?counts?\b": "starts, applies",
    r"\b(?:somebody|mailbox|e-mail|at once|telephone|look into your)\b": "someone, email, straight away, phone",
    r"\bofficers? of the council\b|\bLA officers?\b": "council officer",
    r"\b(?:the portal|children’s data)\b": "Sharing children’s information, the service",
    r"\b(?:agency|recipients?|items?|scheme)\b": "organisation, details, the opt-out by its name",
    r"\b(?:forename|surname)\b": "first name, last name",
    r"\bin force\b": "current, applies",
    r"\bpress(?:ed)? the button\b": "select",
    r"\b(?:take|took|taken) (?:it |your objection )?back\b": "withdraw",
    r"\bnot given\b": "not provided",
    r"\b(?:does not work any more|in short|stop the emails)\b": "no longer works, short version, unsubscribe",
    r"\bthis field is required\b|\bensure this value\b": "Enter …, Select …",
    r"\b(?:C|H|L|N|S|A|D)\d{1,2}[a-z]?\b": "no rule code",
}
SCHOOL_STAFF = {
    r"\b(?:somebody|e-mail|telephone|at once)\b|\bLA officers?\b": "someone, email, phone, council officer",
    r"\b(?:key(?:ed|ing)?|second looks?|(?<!on )papers?(?! (?:forms?|opt-in)))\b": "record, second check, paper form",
    r"\b(?:acknowledg\w+|work list)\b": "mark as entered, choices to enter",
    r"\bno school yet\b": "not linked to a school yet",
    r"\b(?:import|check) the roll\b|\bnext roll\b": "import pupils, the next import",
    r"\b(?:it|opt-out|objection|opt-in|decisions?) (?:does not )?counts?\b": "starts, applies",
    r"\b(?:take|took|taken) back\b|\bscheme\b|\bmend(?:ed)?\b": "withdrawn, opt-out, correct",
    r"\btwo (?:records|children)\b|\bmake them one\b": "2 records, 2 pupils, merge records",
    r"\b(?:C|H|L|N|S|A|D)\d{1,2}[a-z]?\b": "no rule code",
}
OFFICERS = {
    r"\b(?:somebody|e-mail|telephone|mails?|mailbox|at once)\b": "someone, email, phone, straight away",
    r"\bLA officers?\b|\bofficers? of the council\b|\bnotice role\b": "council officer",
    r"\b(?:goes?|went) whole\b|\bcut to\b|\bleft out\b|\b(?:kept|held) back\b": "in full, basic details only, withheld",
    r"\b(?:let|letting) go\b|\bmay (?:not )?leave\b|\bhas left\b": "release, cannot be released",
    r"\b(?:agency|agencies|recipients?)\b|\bbasic items?\b": "organisation, basic details",
    r"\bout of line\b|\bin line with\b|\bvoid(?:ed)?\b": "not allowed, cancelled",
    r"\boverrid(?:e|es|den|ing)\b": "release despite an opt-out",
    r"\bcall(?:ed|ing)? back\b|\bdestr(?:oy|oyed|oys|uction)\b": "recall, delete",
    r"\bmend(?:s|ed)?\b|\b(?:throw|thrown) away\b|\bbeg(?:in|un)\b": "correct, delete, create",
    r"\bschemes?\b|\b(?:key(?:ed|ing)|second looks?|work list)\b": "opt-out, record, second check",
    r"\b(?:it|opt-out|objection|opt-in|decisions?|choices?) (?:does not )?counts?\b": "applies",
    r"\btables? of counts\b|\bmade? safe\b|(?<!digital )\bfingerprint\b": "statistics, protect, digital fingerprint",
    r"\b(?:take|took|taken|taking) (?:it )?back\b|\bmake them one\b": "withdraw, merge records",
    r"\b(?:the|a|next) roll\b|\bwaits? for (?:its|the) day\b": "pupil records, scheduled",
    r"\bwhoever runs\b|\bthe portal\b": "your system administrator, the service",
    r"\b(?:forename|surname)\b|\bnot given\b|\bnoted\b": "first name, last name, not provided, saved",
    r"\bthis field is required\b|\bensure this value\b": "Enter …, Select …",
}
OFFICER_PAGES = (
    "templates/mail",
    "templates/notices/drafts",
    "templates/sharing",
    "templates/ui/jobs.html",
    "templates/ui/staff_home.html",
)
OFFICER_ROOMS = ("notices/drafts", "notices/reports", "privacy_portal/ground/ui", "sharing")
STAFF_ROOMS = ("decisions", "identities", "keying", "letters", "matching", "roll", "schools")
PAGES = (
    "templates/account",
    "templates/consent/online",
    "templates/errors",
    "templates/limits",
    "templates/mail/accounts",
    "templates/notices/public",
    "templates/notices/subscriptions",
    "templates/notices/reports/check.html",
    "templates/notices/reports/done.html",
    "templates/notices/reports/start.html",
    "templates/notices/reports/step.html",
    "templates/notices/parts.html",
    "templates/sharing/register",
    "templates/ui/accessibility.html",
    "templates/ui/home.html",
    "templates/ui/layout.html",
    "templates/ui/privacy.html",
    "templates/ui/question.html",
    "templates/ui/reach.html",
)
MAILS = re.compile(r"opt-|decision-kept|objection-ruled|notice-|subscription-|report-(?!due)")
FORMS = (
    "consent/online/code_forms.py",
    "consent/online/forms.py",
    "consent/online/receipts.py",
    "consent/online/sent_forms.py",
    "notices/forms.py",
)
# The English by which published versions were translated never changes.
KEYS = re.compile(r"say\.get\(\s*\"[^\"]*\"")
CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'")


def templates_of(pages: Iterable[str]) -> list[Path]:
    """List the templates that are named, and all in the folders that are."""
    return [
        file
        for page in pages
        for file in ([ROOT / page] if page.endswith(".html") else (ROOT / page).rglob("*.*"))
    ]


def templates_for_the_public() -> list[Path]:
    """List the templates of pages and emails that the public reads."""
    files = templates_of(PAGES)
    mails = [file for file in (ROOT / "templates/mail").rglob("*.txt") if MAILS.match(file.name)]
    return sorted({*files, *mails})


def words_of_template(file: Path) -> str:
    """Return what a template shows: its text, and the sentences in its expressions."""
    source = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
    source = KEYS.sub("say.get(", source)
    quoted = [
        "".join(quotes)
        for expression in re.findall(r"\{[{%].*?[}%]\}", source, re.DOTALL)
        for quotes in QUOTED.findall(expression)
    ]
    sentences = [text for text in quoted if " " in text]
    return " ".join(" ".join([CODE.sub(" ", source), *sentences]).split())


def words_of_module(file: Path) -> str:
    """Return the texts of a module that are sentences or labels; its docstrings are not shown."""
    tree = ast.parse(file.read_text())
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
        and " " in node.value
    ]
    return " ".join(texts)


def given_up(
    word: str, instead: str, templates: Iterable[Path], modules: Iterable[Path]
) -> list[str]:
    """Return where a word that was given up is written."""
    pattern = re.compile(word, re.NOFLAG if "no rule" in instead else re.IGNORECASE)
    texts = {file: words_of_template(file) for file in templates}
    texts |= {file: words_of_module(file) for file in modules}
    return [
        f"{file.relative_to(ROOT)}: …{text[max(0, hit.start() - 30) : hit.end() + 30]}…"
        for file, text in texts.items()
        for hit in pattern.finditer(text)
    ]


@pytest.mark.parametrize(("word", "instead"), PUBLIC.items())
def test_what_the_public_reads_uses_the_words_of_the_glossary(word, instead):
    modules = [ROOT / name for name in FORMS]
    assert given_up(word, instead, templates_for_the_public(), modules) == [], f"write {instead}"


@pytest.mark.parametrize(("word", "instead"), SCHOOL_STAFF.items())
def test_what_school_staff_read_uses_the_words_of_the_glossary(word, instead):
    templates = [
        file for room in STAFF_ROOMS for file in (ROOT / "templates/consent" / room).glob("*.html")
    ]
    modules = [
        file
        for room in STAFF_ROOMS
        for pattern in ("*forms.py", "*views.py", "presenters.py")
        for file in (ROOT / "consent" / room).glob(pattern)
    ]
    assert given_up(word, instead, templates, modules) == [], f"write {instead}"


@pytest.mark.parametrize(("word", "instead"), OFFICERS.items())
def test_what_officers_read_uses_the_words_of_the_glossary(word, instead):
    modules = [
        file
        for room in OFFICER_ROOMS
        for pattern in ("*forms.py", "*views.py", "*filters.py", "presenters.py", "sentences.py")
        for file in (ROOT / room).rglob(pattern)
    ]
    modules += [ROOT / "privacy_portal/start_page.py", ROOT / "sharing/rules.py"]
    assert given_up(word, instead, templates_of(OFFICER_PAGES), modules) == [], f"write {instead}"


def test_a_word_given_up_is_noticed(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '{# scheme #}<p class="scheme">{{ say.get("Who gets what", "We pass on") }}</p>'
    )
    assert words_of_template(page) == "We pass on"


def test_links_back_say_where_they_lead():
    links = [
        (file.relative_to(ROOT), text)
        for file in (ROOT / "templates").rglob("*.html")
        for text in re.findall(r"(?<!macro )back_link\([^\n]*?, \"([^\"\n]*)\"", file.read_text())
    ]
    assert len(links) > 50
    assert [link for link in links if not link[1].startswith(("Back to ", "Record another"))] == []
