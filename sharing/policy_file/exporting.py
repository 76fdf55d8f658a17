"""Writing the whole policy as one JSON document (`policy export`)."""

from consent.decisions.scheme_storing import dump_schemes
from consent.policy_format import SchemePart, SchoolPart
from consent.schools.storing import dump_schools
from notices.policy_file import storing as notice_storing
from privacy_portal.ground import days
from privacy_portal.ground.files.documents import Part
from privacy_portal.ground.terms import current as terms
from sharing.agreement_templates.part import (
    TemplatePart,
    TemplateTermsPart,
    TemplateTextPart,
)
from sharing.agreement_templates.storing import dump_templates
from sharing.agreements.lawful_bases import confirmed_codes
from sharing.agreements.part import AgreementPart
from sharing.agreements.storing import dump_agreements
from sharing.assurances.part import AssurancePart
from sharing.assurances.storing import dump_assurances
from sharing.models import TwoFilesTerm
from sharing.policy_file.format import FORMAT, PolicyPart


def policy_document() -> dict[str, object] | None:
    """Return the policy as the import reads it; None before one is loaded."""
    controller = notice_storing.dump_controller()
    if controller is None:
        return None
    numbers, letters = terms.stored()
    policy = PolicyPart(
        format=FORMAT,
        format_version=1,
        controller=controller,
        items=notice_storing.dump_items(),
        purposes=notice_storing.dump_purposes(),
        recipients=notice_storing.dump_recipients(),
        schemes=dump_schemes(),
        notices=notice_storing.dump_notices(),
        agreements=dump_agreements(),
        templates=dump_templates(),
        schools=dump_schools(),
        assurances=dump_assurances(days.now()),
        numbers=numbers,
        letters=letters,
        two_files_within_days=TwoFilesTerm.objects.values_list("days", flat=True).first(),
    )
    document = policy.model_dump(mode="json", by_alias=True)
    for item in document["items"]:
        _leave_out_empty(item, "locating")
    for recipient in document["recipients"]:
        _leave_out_empty(recipient, "group")
    for notice in document["notices"]:
        for version in notice["versions"]:
            _leave_out_empty(version, "not_applicable", "young_summary", "translations")
            for section in version["sections"]:
                _leave_out_empty(section, "scheme")
            for line in version["recipients"]:
                _leave_out_empty(line, "legal_duty")
    for template in document["templates"]:
        _leave_out_defaults(template, TemplatePart)
        for text in (template, *template.get("earlier", [])):
            _leave_out_defaults(text, TemplateTextPart)
            _leave_out_defaults(text["terms"], TemplateTermsPart)
            for variable in text.get("variables", []):
                _leave_out_empty(variable, "hint")
    _leave_out_empty(
        document,
        "templates",
        "two_files_within_days",
        "schools",
        "assurances",
        "numbers",
        "letters",
    )
    for assurance in document.get("assurances", []):
        _leave_out_defaults(assurance, AssurancePart)
    for school in document.get("schools", []):
        _leave_out_defaults(school, SchoolPart)
    codes = confirmed_codes()
    for scheme in document["schemes"]:
        _leave_out_defaults(scheme, SchemePart)
    for agreement in document["agreements"]:
        _leave_out_defaults(agreement, AgreementPart)
        if "template" in agreement:
            _leave_out_empty(agreement["template"], "values")
        if code := codes.get((agreement["reference"], agreement["version"])):
            agreement["lawful_basis_code"] = code
    return document


def _leave_out_defaults(part: dict[str, object], kind: type[Part]) -> None:
    """Delete what a file may leave out where it is what a file without it means."""
    for name, field in kind.model_fields.items():
        if not field.is_required() and not field.exclude and part.get(name) == field.default:
            part.pop(name, None)


def _leave_out_empty(part: dict[str, object], *names: str) -> None:
    """Delete what a file may leave out where it is empty."""
    for name in names:
        if not part[name]:
            del part[name]
