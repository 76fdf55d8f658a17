"""Store the numbers and texts that the policy sets; what is as usual is not stored."""

from collections.abc import Mapping

from django.db import transaction

from privacy_portal.ground.terms import current
from privacy_portal.ground.terms.known import NUMBERS, TEXTS
from privacy_portal.ground.terms.models import PolicyNumber, PolicyText


def store_numbers(numbers: Mapping[str, int]) -> None:
    """Set these numbers, by name; those that are not named stay as they are."""
    for name, value in numbers.items():
        if value == NUMBERS[name].usual:
            PolicyNumber.objects.filter(key=name).delete()
        else:
            PolicyNumber.objects.update_or_create(key=name, defaults={"number": value})
    transaction.on_commit(current.forget)


def store_texts(texts: Mapping[str, str]) -> None:
    """Set these texts, by name; those that are not named stay as they are."""
    for name, value in texts.items():
        if value == TEXTS[name].usual:
            PolicyText.objects.filter(key=name).delete()
        else:
            PolicyText.objects.update_or_create(key=name, defaults={"text": value})
    transaction.on_commit(current.forget)
