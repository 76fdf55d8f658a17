"""The part of a policy file about registrations and certificates of organisations: the shape of its JSON."""

import hashlib
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from notices.policy_file.format import Day
from privacy_portal.ground.files.documents import Part, one_of
from sharing.assurances.rules import Kind

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Issuer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class AssurancePart(Part):
    """A registration or certificate that an organisation relies on; `name` is of another certificate than
    those that are known. `mistake`: it is to be withdrawn, since it never was one; no file has that."""

    recipient: str
    kind: Annotated[str, one_of(*Kind)]
    name: Name = ""
    reference: Words
    issuer: Issuer
    ends: Day
    mistake: bool = False

    @model_validator(mode="after")
    def _other_has_a_name(self) -> Self:
        if bool(self.name) != (self.kind == Kind.OTHER):
            raise ValueError(f"name: only a certificate of the kind {str(Kind.OTHER)!r} has one")
        return self

    @property
    def code(self) -> str:
        """Return what identifies it: of each kind, and of each other certificate, an organisation has
        one."""
        name = " ".join(self.name.casefold().split())
        other = f".{hashlib.sha256(name.encode()).hexdigest()[:8]}" if name else ""
        return f"{self.recipient}.{self.kind}{other}"
