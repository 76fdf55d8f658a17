"""The part of a policy file about the policy's numbers and texts of letters: the shape of its JSON."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from privacy_portal.ground.files.documents import Part
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.rules import fault_in_number, fault_in_text


def _check_numbers(numbers: dict[str, int]) -> dict[str, int]:
    _check_names(numbers, NUMBERS)
    for name, number in numbers.items():
        if fault := fault_in_number(name, number):
            raise ValueError(f"{name}: {number} is not possible. {fault}")
    return numbers


def _check_texts(texts: dict[str, str]) -> dict[str, str]:
    _check_names(texts, TEXTS)
    for name, text in texts.items():
        if fault := fault_in_text(name, text):
            raise ValueError(f"{name}: {fault}")
    return texts


def _check_names(given: Mapping[str, object], known: Mapping[str, object]) -> None:
    if unknown := sorted(given.keys() - known.keys()):
        raise ValueError(f"{unknown[0]!r} is not one of {', '.join(map(repr, known))}")


Numbers = Annotated[dict[str, int], AfterValidator(_check_numbers)]
Texts = Annotated[dict[str, str], AfterValidator(_check_texts)]


class NumbersPart(Part):
    """Every keeping time and deadline of the policy, by name."""

    numbers: Numbers


class LettersPart(Part):
    """Every text of letters of the policy, by name."""

    texts: Texts
