"""Taking a whole policy from a file: all of it or nothing (`policy import`)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from consent.decisions.scheme_storing import store_schemes
from consent.schools.storing import store_schools
from notices.drafts.publishing import published_entry
from notices.policy_file import storing as notice_storing
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of
from privacy_portal.ground.faults import RefusedByRulesError
from privacy_portal.ground.files.documents import read_document
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.terms.storing import store_numbers, store_texts
from sharing.agreement_templates.storing import store_templates
from sharing.agreements.imported import imported_entries
from sharing.agreements.lawful_bases import store_codes
from sharing.agreements.storing import store_agreements
from sharing.assurances.storing import store_assurances
from sharing.models import TwoFilesTerm
from sharing.policy_file.checking import check_policy
from sharing.policy_file.content import content_entry, is_logged
from sharing.policy_file.exporting import policy_document
from sharing.policy_file.format import PolicyPart
from sharing.policy_file.refusing import refused_changes


@dataclass(frozen=True, slots=True)
class PolicyImport:
    """What an import did: whether anything changed, and how much the file holds of each kind."""

    changed: bool
    counts: dict[str, int]


def import_policy(
    path: Path, *, name: str, by: User | None, at: datetime, check_only: bool = False
) -> PolicyImport:
    """Store the policy in the file, which messages call `name`.

    What the file does not mention is kept. With `check_only` nothing is stored. Raises
    BadInputError for a faulty file; RefusedByRulesError where it would change something
    published or signed, or what that names so that more could be shared, saying what differs
    (N1, A2).
    """
    policy = read_document(path, name, PolicyPart)
    check_policy(policy, name)
    with transaction.atomic():
        locks.take(locks.Area.POLICY)
        if policy.schools:
            locks.take(locks.Area.ROLL)
        before = policy_document()
        differences = refused_changes(policy, on=day_of(at))
        if differences:
            raise RefusedByRulesError(differences)
        notice_storing.store_controller(policy.controller)
        notice_storing.store_items(policy.items)
        notice_storing.store_purposes(policy.purposes)
        notice_storing.store_recipients(policy.recipients)
        store_schemes(policy.schemes)
        store_schools(policy.schools)
        store_numbers(policy.numbers)
        store_texts(policy.letters)
        published, differences = notice_storing.store_notices(policy.notices, by=by, at=at)
        store_templates(policy.templates, at=at)
        if policy.two_files_within_days is not None:
            TwoFilesTerm.objects.update_or_create(
                id=1, defaults={"days": policy.two_files_within_days}
            )
        differences += store_agreements(policy.agreements)
        differences += store_assurances(policy.assurances, at=at)
        if differences:
            raise RefusedByRulesError(differences)
        codes = {
            (part.reference, part.version): part.lawful_basis_code for part in policy.agreements
        }
        store_codes(codes, at=at)
        after = policy_document()
        changed = before != after
        if check_only:
            transaction.set_rollback(True)
        elif changed:
            digest = hashlib.sha256(repr(after).encode()).hexdigest()
            imported = log.body("policy-imported", at=at, by=by, policy=digest)
            log.append(
                [
                    imported,
                    content_entry(at=at, by=by),
                    *(published_entry(version, at=at, by=by) for version in published),
                    *imported_entries(by=by, at=at),
                ]
            )
        else:
            # What an earlier version of the portal imported may have no entries yet.
            unvouched = [] if is_logged() else [content_entry(at=at, by=by)]
            if unvouched := [*unvouched, *imported_entries(by=by, at=at)]:
                log.append(unvouched)
    return PolicyImport(changed, _counts(policy))


def _counts(policy: PolicyPart) -> dict[str, int]:
    return {
        "items": len(policy.items),
        "purposes": len(policy.purposes),
        "recipients": len(policy.recipients),
        "schemes": len(policy.schemes),
        "notice versions": sum(len(notice.versions) for notice in policy.notices),
        "agreement versions": len(policy.agreements),
        "agreement templates": len(policy.templates),
    }
