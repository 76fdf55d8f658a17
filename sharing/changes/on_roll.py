"""The items that the portal itself can read from a pupil’s record."""

from collections.abc import Callable, Mapping

from consent.models import Pupil

# The items on the roll, each with how it is read from a pupil.
ON_ROLL: Mapping[str, Callable[[Pupil], str]] = {
    "pupil.upn": lambda pupil: "",
    "pupil.surname": lambda pupil: pupil.surname,
    "pupil.forename": lambda pupil: pupil.forename,
    "pupil.date_of_birth": lambda pupil: pupil.born.isoformat(),
    "pupil.sex": lambda pupil: pupil.sex,
    "pupil.year_group": lambda pupil: pupil.year_group,
    "pupil.school": lambda pupil: "" if pupil.protected else pupil.school.name,
    "pupil.address": lambda pupil: pupil.address,
    "pupil.postcode": lambda pupil: pupil.postcode,
    "parent.name": lambda pupil: pupil.parent_name,
    "parent.address": lambda pupil: pupil.parent_address,
}
