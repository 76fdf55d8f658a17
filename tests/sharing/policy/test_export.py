"""What is made on pages goes out with `policy export`, and makes the same policy elsewhere."""

import json
import os
import subprocess
import sys
from datetime import timedelta

from notices.policy_file.terms_format import LettersPart, NumbersPart
from sharing.auditing.verifying import verify_log
from sharing.policy import things
from tests.commands import run
from tests.databases import (
    database_url,
    database_with,
    drop_database,
    make_database,
    template_of,
)
from tests.example import DAY
from tests.factories.ground import OfficerFactory
from tests.factories.policy import Kind, changed, in_force
from tests.places import ROOT
from tests.policy_parts import item, organisation, purpose


def exported():
    return json.loads(run("policy", "export").out)


def test_everything_made_on_pages_is_in_the_export_and_makes_the_same_policy_elsewhere(
    committed, write
):
    """Imported by a command into a database with nothing in it, the export comes out of that again."""
    officer, second = OfficerFactory(email="a@example.org"), OfficerFactory(email="b@example.org")
    both = {"by": officer, "second": second}
    in_force(Kind.ORGANISATION, organisation(group="One Group"), **both)
    wanted = changed(
        Kind.ORGANISATION, "fft", closed=DAY + timedelta(days=30), successor="mersey-care"
    )
    in_force(Kind.ORGANISATION, wanted, **both)
    in_force(Kind.ITEM, item(locating=True, headings=["Shoe size", "Foot length"]), **both)
    in_force(Kind.PURPOSE, purpose(), **both)
    scheme = things.thing(Kind.SCHEME, "height-weight").model_copy(
        update={"code": "shoes", "title": "Shoes opt-out", "recipient": "mersey-care",
                "purposes": ["shoes"], "basic_items": ["pupil.shoe_size"], "legal_sections": ["s 1"]}
    )  # fmt: skip
    in_force(Kind.SCHEME, scheme, **both)
    for kind, values in (
        (Kind.SCHOOL, {"urn": "990002", "name": "New School", "opened": "2020-09-01"}),
        (Kind.SCHOOL, {"urn": "990001", "name": "Old", "closed": "2020-09-01", "successor": "990002"}),
        (Kind.ASSURANCE, {"recipient": "fft", "kind": "other", "name": "PCI DSS", "reference": "P",
                          "issuer": "A laboratory", "ends": "2027-01-01"}),
    ):  # fmt: skip
        in_force(kind, things.from_json(kind, values), **both)
    numbers = things.thing(Kind.NUMBERS, "numbers").numbers
    in_force(Kind.NUMBERS, NumbersPart(numbers={**numbers, "move_days": 5}), **both)
    texts = things.thing(Kind.LETTERS, "letters").texts
    in_force(Kind.LETTERS, LettersPart(texts={**texts, "closing": "Thank you."}), **both)
    council = things.thing(Kind.COUNCIL, "council").model_copy(update={"service": "Families"})
    in_force(Kind.COUNCIL, council, **both)
    document = exported()
    assert [part["code"] for part in document["schemes"]][-1] == "shoes"
    assert document["controller"]["service"] == "Families"
    assert {"schools", "assurances", "numbers", "letters"} <= document.keys()
    file = write(json.dumps(document), "p.json")
    assert "Nothing has changed" in run("policy", "import", file).out
    assert in_an_empty_database(file) == document
    verify_log(lambda _: None)


def in_an_empty_database(file):
    """What comes out of a database with nothing in it once the file was imported there."""
    name = f"{database_with('')}_elsewhere"
    make_database(name, template_of(database_with("")))
    environment = {
        **os.environ, "DATABASE_URL": database_url(name), "DJANGO_SETTINGS_MODULE": "tests.settings",
    }  # fmt: skip

    def command(*words):
        done = subprocess.run(
            [sys.executable, "manage.py", "policy", *words],
            cwd=ROOT, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    try:
        command("import", str(file))
        return json.loads(command("export"))
    finally:
        drop_database(name)
