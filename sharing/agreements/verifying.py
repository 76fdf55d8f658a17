"""Check that the signings on record, and what they froze, are what the log recorded (`log verify`, L5)."""

import hashlib
from collections.abc import Mapping

from privacy_portal.ground.log.canonical import canonical
from privacy_portal.ground.log.verifying import Check, LogBrokenError
from sharing.agreements.signing import assessment_digest
from sharing.agreements.storing import dump_version, versions_with_terms
from sharing.models import Signing, TemplateUse, TemplateVersion


class SigningCheck:
    """Checks the entries of signings, and counts them, so that signings without one are seen."""

    def __init__(self) -> None:
        self.entries = 0

    def checks(self) -> dict[str, Check]:
        """Return the check of each event."""
        return {"agreement-signed": self._signed}

    def finish(self) -> None:
        """Raise LogBrokenError if there are signings that no entry vouches for."""
        if self.entries != (stored := Signing.objects.count()):
            message = f"{stored} signings are stored but {self.entries} have an entry"
            raise LogBrokenError(None, message)

    def _signed(self, seq: int, entry: Mapping[str, object]) -> str | None:
        self.entries += 1
        versions = versions_with_terms(
            agreement__reference=entry["agreement"], number=entry["agreement_version"]
        )
        signing = Signing.objects.filter(version__in=versions).first()
        if signing is None:
            return "the signing it vouches for is missing"
        if (signing.terms_sha256, signing.sha256) != (entry["terms"], entry["document"]):
            return "its signing has other terms or another document than was logged"
        part = dump_version(versions[0])
        # Entries of earlier signings have none.
        if "assessment" in entry and assessment_digest(part) != entry["assessment"]:
            return "the assessment of its agreement is not the one that was logged"
        return _template_fault(versions[0].pk, entry)


def _template_fault(version_id: int, entry: Mapping[str, object]) -> str | None:
    """Return what is wrong with the template that a signed agreement was made from."""
    use = TemplateUse.objects.select_related("template_version__template").filter(pk=version_id)
    texts = [
        (use_of.template_version.template.code, _digest(use_of.template_version)) for use_of in use
    ]
    logged = [(entry["template"], entry["template_text"])] if "template" in entry else []
    return (
        None if texts == logged else "the template of its agreement is not the one that was logged"
    )


def _digest(version: TemplateVersion) -> str:
    return hashlib.sha256(canonical(version.content)).hexdigest()
