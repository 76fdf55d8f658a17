"""The schools' part of a policy, stored from its file into the table, and dumped back."""

from collections.abc import Sequence

from consent.models import School
from consent.policy_format import SchoolPart


def store_schools(parts: Sequence[SchoolPart]) -> None:
    """Add and update schools, then link each to its successor."""
    stored = {part.urn: part for part in dump_schools()}
    changed = [part for part in parts if stored.get(part.urn) != part]
    for part in changed:
        values = part.model_dump(exclude={"urn", "opened", "closed", "successor"})
        School.objects.update_or_create(
            urn=part.urn, defaults={**values, "opened_on": part.opened, "closed_on": part.closed}
        )
    by_urn = School.objects.in_bulk(field_name="urn")
    for part in changed:
        successor = by_urn[part.successor] if part.successor else None
        School.objects.filter(urn=part.urn).update(successor=successor)


def dump_schools() -> list[SchoolPart]:
    """Return all schools as their part of a policy file, by name; 1 query."""
    return [
        SchoolPart(
            urn=school.urn,
            name=school.name,
            laestab=school.laestab,
            opened=school.opened_on,
            closed=school.closed_on,
            successor=school.successor.urn if school.successor else None,
            pupil_referral_unit=school.pupil_referral_unit,
        )
        for school in School.objects.select_related("successor")
    ]
