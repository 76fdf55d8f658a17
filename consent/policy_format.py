"""The schemes' part of a policy file: the shape of its JSON."""

from typing import Annotated

from pydantic import Field

from notices.policy_file.format import Slug, Text
from privacy_portal.ground.files.documents import Part, one_of

Age = Annotated[int, Field(ge=0, le=120)]


class SchemePart(Part):
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
