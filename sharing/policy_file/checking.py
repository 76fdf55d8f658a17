"""What a policy file must hold beyond its shape: codes that exist, once each, in sound periods."""

from collections.abc import Iterable, Sequence

from notices.policy_file.format import NoticePart
from privacy_portal.ground.faults import FaultList
from privacy_portal.ground.files.documents import References
from privacy_portal.ground.names import folded_heading
from sharing.agreement_templates.checking import TemplateChecker
from sharing.agreements.part import AgreementPart, SuspensionPart
from sharing.agreements.rules import ONE_DAY
from sharing.policy_file.format import PolicyPart


def check_policy(policy: PolicyPart, name: str) -> None:
    """Raise BadInputError with every fault of the file called `name`, each with its place."""
    faults = FaultList(name)
    check = _Checker(policy, faults)
    check.vocabulary()
    check.schemes()
    for index, notice in enumerate(policy.notices):
        check.notice(notice, f"notices[{index}]")
    for index, agreement in enumerate(policy.agreements):
        check.agreement(agreement, f"agreements[{index}]")
    check.templates()
    check.schools()
    check.assurances()
    faults.raise_if_any()


class _Checker:
    """Adds a fault for each error; knows the codes that the file declares."""

    def __init__(self, policy: PolicyPart, faults: FaultList):
        self.policy = policy
        self.faults = faults
        self.references = References(faults)
        self.items = {item.code for item in policy.items}
        self.purposes = {purpose.code for purpose in policy.purposes}
        self.recipients = {recipient.code for recipient in policy.recipients}
        self.schemes_by_code = {scheme.code for scheme in policy.schemes}

    def vocabulary(self) -> None:
        policy = self.policy
        for part, key in (
            ("items", "code"), ("purposes", "code"), ("recipients", "code"), ("schemes", "code"),
            ("schemes", "recipient"), ("notices", "slug"), ("notices", "audience"),
            ("templates", "code"),
        ):  # fmt: skip
            self._once(part, key, [getattr(entry, key) for entry in getattr(policy, part)])
        self._once(
            "agreements",
            "reference and version",
            [
                f"{agreement.reference} version {agreement.version}"
                for agreement in policy.agreements
            ],
        )
        self._headings()
        for index, recipient in enumerate(policy.recipients):
            place = f"recipients[{index}]"
            if recipient.successor is not None:
                if recipient.successor == recipient.code:
                    self.faults.add(f"{place}.successor: a recipient cannot succeed itself")
                else:
                    self._known(
                        recipient.successor, self.recipients, "recipient", f"{place}.successor"
                    )
            if recipient.opened and recipient.closed and recipient.opened >= recipient.closed:
                self.faults.add(f"{place}.closed: must be after opened ({recipient.opened})")

    def _headings(self) -> None:
        seen: dict[str, str] = {}
        for index, item in enumerate(self.policy.items):
            for number, heading in enumerate(item.headings):
                place = f"items[{index}].headings[{number}]"
                other = seen.setdefault(folded_heading(heading), place)
                if other != place:
                    self.faults.add(
                        f"{place}: the heading {heading!r} is also at {other}; "
                        "each heading can only be used for one item"
                    )

    def schemes(self) -> None:
        for index, scheme in enumerate(self.policy.schemes):
            place = f"schemes[{index}]"
            self._known(scheme.recipient, self.recipients, "recipient", f"{place}.recipient")
            self._all(scheme.purposes, self.purposes, "purpose", f"{place}.purposes")
            self._all(scheme.basic_items, self.items, "item", f"{place}.basic_items")
            self._once(f"{place}.legal_sections", "section", scheme.legal_sections)
            if scheme.child_may_refuse and scheme.kind != "programme":
                self.faults.add(
                    f"{place}.child_may_refuse: only under a programme; by law a choice under "
                    "this scheme is an instruction"
                )
            if (
                scheme.min_age is not None
                and scheme.below_age is not None
                and scheme.min_age >= scheme.below_age
            ):
                self.faults.add(f"{place}.below_age: must be above min_age ({scheme.min_age})")

    def schools(self) -> None:
        schools = self.policy.schools
        self._once("schools", "URN", [school.urn for school in schools])
        seen: dict[str, int] = {}
        for index, school in enumerate(schools):
            first = seen.setdefault(school.laestab or school.urn, index)
            if first != index:
                self.faults.add(f"schools[{index}]: its LAESTAB is also that of schools[{first}]")
        urns = {school.urn for school in schools}
        for index, school in enumerate(schools):
            place = f"schools[{index}]"
            if school.successor == school.urn:
                self.faults.add(f"{place}.successor: a school cannot succeed itself")
            elif school.successor is not None:
                self._known(school.successor, urns, "school", f"{place}.successor")
            if school.opened and school.closed and school.opened >= school.closed:
                self.faults.add(f"{place}.closed: must be after opened ({school.opened})")

    def assurances(self) -> None:
        self._once("assurances", "certificate", [part.code for part in self.policy.assurances])
        for index, part in enumerate(self.policy.assurances):
            place = f"assurances[{index}]"
            self._known(part.recipient, self.recipients, "recipient", f"{place}.recipient")
            if part.mistake:
                self.faults.add(f"{place}.mistake: a file cannot withdraw; do so on a page")

    def notice(self, notice: NoticePart, place: str) -> None:
        self._once(
            f"{place}.versions", "number", [str(version.number) for version in notice.versions]
        )
        for index, version in enumerate(notice.versions):
            inner = f"{place}.versions[{index}]"
            if version.status != "draft" and version.effective_from is None:
                self.faults.add(f"{inner}.effective_from: is missing; this version is not a draft")
            for number, section in enumerate(version.sections):
                if section.scheme:
                    self._known(
                        section.scheme,
                        self.schemes_by_code,
                        "scheme",
                        f"{inner}.sections[{number}].scheme",
                    )
            languages = [translation.language for translation in version.translations]
            self._once(f"{inner}.translations", "language", languages)
            for number, translation in enumerate(version.translations):
                at = f"{inner}.translations[{number}].sections"
                self._once(at, "section", [str(section.of) for section in translation.sections])
                for index_of, translated in enumerate(translation.sections):
                    if translated.of >= len(version.sections):
                        self.faults.add(f"{at}[{index_of}].of: there is no section {translated.of}")
            for number, line in enumerate(version.recipients):
                at = f"{inner}.recipients[{number}]"
                self._known(line.recipient, self.recipients, "recipient", f"{at}.recipient")
                self._all(line.purposes, self.purposes, "purpose", f"{at}.purposes")
                self._all(line.items, self.items, "item", f"{at}.items")

    def agreement(self, agreement: AgreementPart, place: str) -> None:
        self._known(agreement.recipient, self.recipients, "recipient", f"{place}.recipient")
        self._all(agreement.purposes, self.purposes, "purpose", f"{place}.purposes")
        self._all(agreement.items, self.items, "item", f"{place}.items")
        if agreement.starts > agreement.ends:
            self.faults.add(f"{place}.ends: must not be before starts ({agreement.starts})")
        if isinstance(agreement.schools, list):
            self._once(f"{place}.schools", "URN", agreement.schools)
            if not agreement.schools:
                self.faults.add(f'{place}.schools: is empty; use "all" or list schools')
        for index, suspension in enumerate(agreement.suspensions):
            at = f"{place}.suspensions[{index}]"
            # The day before is the end of one that was lifted on the day it began.
            if suspension.last is not None and suspension.first - suspension.last > ONE_DAY:
                self.faults.add(f"{at}.to: must not be before from ({suspension.first})")
            if _never_held(suspension):
                continue
            for other in agreement.suspensions[:index]:
                if (
                    not _never_held(other)
                    and (other.last is None or suspension.first <= other.last)
                    and (suspension.last is None or other.first <= suspension.last)
                ):
                    self.faults.add(f"{at}: overlaps another suspension")

    def templates(self) -> None:
        templates = self.policy.templates
        check = TemplateChecker(self.faults, purposes=self.purposes, items=self.items)
        for index, template in enumerate(templates):
            check.template(template, f"templates[{index}]")
        for index, agreement in enumerate(self.policy.agreements):
            if agreement.template is not None:
                check.use(agreement.template, templates, f"agreements[{index}].template")

    def _known(self, code: str, among: set[str], kind: str, place: str) -> None:
        self.references.check(code, among, kind=kind, place=place)

    def _all(self, codes: Sequence[str], among: set[str], kind: str, place: str) -> None:
        for index, code in enumerate(codes):
            self._known(code, among, kind, f"{place}[{index}]")
        self._once(place, kind, codes)

    def _once(self, place: str, what: str, values: Iterable[str]) -> None:
        seen: dict[str, int] = {}
        for index, value in enumerate(values):
            first = seen.setdefault(value, index)
            if first != index:
                self.faults.add(f"{place}[{index}]: the {what} {value!r} is also at [{first}]")


def _never_held(suspension: SuspensionPart) -> bool:
    return suspension.last is not None and suspension.last < suspension.first
