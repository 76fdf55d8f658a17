"""Things of a policy as its file has them, for tests that say only what matters."""

from typing import Any

from notices.policy_file.format import ItemPart, PurposePart, RecipientPart


def organisation(**values: Any) -> RecipientPart:
    plain: dict[str, Any] = {
        "code": "mersey-care", "name": "Mersey Care", "kind": "Health", "website": "", "address": "",
        "opened": None, "closed": None, "successor": None, "group": "",
    }  # fmt: skip
    return RecipientPart(**{**plain, **values})


def item(**values: Any) -> ItemPart:
    plain: dict[str, Any] = {
        "code": "pupil.shoe_size", "label": "Shoe size", "audience": "pupil", "identifying": False,
        "special_category": False, "locating": False, "headings": ["Shoe size"],
    }  # fmt: skip
    return ItemPart(**{**plain, **values})


def purpose(**values: Any) -> PurposePart:
    return PurposePart(**{"code": "shoes", "label": "To buy shoes", "audience": "pupil", **values})
