"""The schemes' and schools' parts of a policy file: the shape of their JSON."""

from typing import Annotated

from pydantic import Field, StringConstraints

from notices.policy_file.format import Day, Slug, Text
from privacy_portal.ground.files.documents import Part, one_of

Section = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Age = Annotated[int, Field(ge=0, le=120)]


Urn = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
Laestab = Annotated[str, StringConstraints(pattern=r"^[0-9]{7}$")]
SchoolName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class SchoolPart(Part):
    """A school, open from `opened` to the day before `closed`; `successor` is the URN of the school that
    took over its pupils."""

    urn: Urn
    name: SchoolName
    laestab: Laestab | None = None
    opened: Day | None = None
    closed: Day | None = None
    successor: str | None = None
    pupil_referral_unit: bool = False


class SchemePart(Part):
    """A scheme. `supplied_by`: the school supplies, as a duty, or the authority does, by a power; then an
    objection reaches the basic items too. `legal_sections`: the sections under which a choice counts, as
    they stand inside a sentence (`section 14 of the Education and Skills Act 2008`). `child_may_refuse`: a
    child who does not want to take part on the day does not (programmes only)."""

    code: Slug
    title: Text
    recipient: str
    purposes: list[str]
    default: Annotated[str, one_of("share", "withhold")]
    kind: Annotated[str, one_of("statutory", "programme")]
    min_age: Age | None
    below_age: Age | None
    self_age: Age | None
    basic_items: list[str]
    supplied_by: Annotated[str, one_of("school", "authority")] = "school"
    legal_sections: list[Section] = []
    child_may_refuse: bool = False
