"""Every way out of what the database shows school staff is listed here and in docs/decisions/40."""

import ast
import re

from tests.places import ROOT

# Each verb that works with every school's rows, by module. Reviewed one by one: keep it short.
WAYS_OUT = {
    "consent/decisions/histories.py": ["histories"],
    "consent/decisions/linked_decisions.py": ["same_school_records"],
    "consent/decisions/objecting.py": ["objecting"],
    "consent/decisions/recording.py": ["record", "take"],
    "consent/letters/printing.py": ["_linked_to"],
    "consent/queries.py": [
        "decisions_by_pupil", "lock_pupils", "own_pupil", "references_of", "standing_for",
        "standings_among",
    ],
    "consent/roll/waiting_moves.py": ["confirm"],
    "consent/same_child_links.py": ["open_links", "open_pairs"],
    "consent/watching/checking.py": ["overview"],
    "consent/watching/figures.py": ["_unanswered", "last_heard"],
    "privacy_portal/people/keeping.py": ["change_roles", "deactivate"],
    "sharing/pupils/sharing_today.py": ["limited_disclosures"],
    "sharing/pupils/views.py": ["_objections"],
    "sharing/review/recalling.py": ["recalls_of"],
}  # fmt: skip


def ways_out():
    found = {}
    for app in ("privacy_portal", "notices", "consent", "sharing"):
        for path in sorted((ROOT / app).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            name = str(path.relative_to(ROOT))
            if "beyond_own_schools" not in text or name == "privacy_portal/ground/row_security.py":
                continue
            uses = text.count("beyond_own_schools()")
            verbs = [
                verb.name
                for verb in ast.walk(ast.parse(text))
                if isinstance(verb, ast.FunctionDef) and "beyond_own_schools()" in ast.unparse(verb)
            ]
            assert uses == len(verbs), f"{name}: outside of a verb, or twice in one"
            found[name] = sorted(verbs)
    return found


def test_there_are_no_others():
    assert ways_out() == WAYS_OUT


def test_the_document_names_each():
    text = (ROOT / "docs" / "decisions" / "40-row-level-security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", text))
    assert {verb for verbs in WAYS_OUT.values() for verb in verbs} <= named
