"""Write docs/rules.md from the rules' own docstrings and sentences; `--check` only compares."""

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from consent import (  # noqa: E402
    age_rules,
    day_rules,
    funnel_rules,
    identity_rules,
    keeping_rules,
    protection_rules,
    rules as consent_rules,
    silence_rules,
)
from notices import rules as notice_rules  # noqa: E402
from sharing import (  # noqa: E402
    assessment_rules,
    basis_rules,
    counts_rules,
    row_decision_rules,
    rules as sharing_rules,
)
from sharing.agreement_templates import rules as template_rules  # noqa: E402
from sharing.agreements import rules as agreement_rules  # noqa: E402
from sharing.assurances import rules as assurance_rules  # noqa: E402
from sharing.statistics import (  # noqa: E402
    circulation_rules,
    grid_rules,
    linked_rules,
    totals_rules,
)
from sharing.statistics.across import tie_rules, together_rules  # noqa: E402

HEAD = """# Rules

Made by `make docs` from the docstrings of the pure functions in `notices/rules.py`,
`consent/age_rules.py`, `consent/rules.py`, `consent/identity_rules.py` and the rule modules of `sharing/`, and from the sentences people are shown.
Codes lead to the [rulebook](rulebook.md), which says what the rules are, where they are enforced, and which are still to come.
"""


def linked(text: str) -> str:
    """Return the text with a link from each code of a rule to its place in the rulebook."""
    text = re.sub(r"^D ", "[D](rulebook.md#d-deciding-a-disclosure) ", text)
    return re.sub(
        r"\b[NCAPQKHSRL]\d{1,2}[a-d]?\b",
        lambda code: f"[{code[0]}](rulebook.md#{code[0].lower()})",
        text,
    )


def functions(module: ModuleType) -> list[str]:
    """Return the public functions of a module in their order, each with its docstring."""
    members = [
        (inspect.getsourcelines(member)[1], name, inspect.getdoc(member) or "")
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if member.__module__ == module.__name__ and not name.startswith("_")
    ]
    return [f"- `{name}` {linked(' '.join(text.split()))}" for _, name, text in sorted(members)]


def page() -> str:
    """Return the whole page as Markdown."""
    lines = [HEAD]
    for title, module in (
        ("Notices", notice_rules),
        ("Ages", age_rules),
        ("Decisions of people", consent_rules),
        ("Days of decisions", day_rules),
        ("Whose record is whose", identity_rules),
        ("Keeping pupils’ details", keeping_rules),
        ("Pupils who must not be found", protection_rules),
        ("Schools that are silent", silence_rules),
        ("Schools compared in a chart", funnel_rules),
        ("Agreements", agreement_rules),
        ("Impact assessments", assessment_rules),
        ("Agreement templates", template_rules),
        ("Assurance of organisations", assurance_rules),
        ("Lawful bases", basis_rules),
        ("Disclosures", sharing_rules),
        ("Rows of a disclosure", row_decision_rules),
        ("Rounding of counts", counts_rules),
        ("Which numbers are hidden", circulation_rules),
        ("Totals in tables of counts", totals_rules),
        ("Tables of counts with subtotals", linked_rules),
        ("Tables of counts made safe", grid_rules),
        ("Tables of counts beside others", together_rules),
        ("What ties tables of counts", tie_rules),
    ):
        lines += [f"## {title}", "", *functions(module), ""]
    lines += ["## Reasons, in the order they are checked", ""]
    lines += [
        f"- [`{reason}`](rulebook.md#{reason}) {sharing_rules.SENTENCES[reason]}"
        for reason in sharing_rules.Reason
    ]
    lines += ["", "## Agreement warnings", ""]
    lines += [f"- `{code}` {text}" for code, text in agreement_rules.WARNINGS.items()]
    lines += ["", "## Why a choice is refused", ""]
    lines += [f"- `{code}` {text}" for code, text in consent_rules.SENTENCES.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    target = ROOT / "docs" / "rules.md"
    if "--check" in sys.argv:
        return 0 if target.read_text(encoding="utf-8") == page() else 1
    target.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
