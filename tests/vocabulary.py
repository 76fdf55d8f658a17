"""Terms of the W3C's Data Privacy Vocabulary that documents may use, and those that a document uses."""

import json

from tests.places import DATA

TERMS = json.loads((DATA / "dpv-terms.json").read_text())


def terms(document):
    """The names of properties, and of all that stands for something in a vocabulary."""
    properties, things = set(), set()

    def walk(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key == "@context":
                    continue
                if not key.startswith("@"):
                    properties.add(key)
                walk(value)
        elif isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, str) and node.split(":")[0] in ("dpv", "eu-gdpr", "loc", "dct"):
            things.add(node)

    walk(document)
    return properties, things
