"""Whether two records are of one child: how they differ, and a second officer's agreement (C6)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from consent.identities import merging
from consent.models import MergeAnswer, MergeProposal, Pupil
from consent.queries import lock_pupils
from privacy_portal.ground import locks
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import in_words
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.log.texts import texts_of
from privacy_portal.ground.names import folded_name


@dataclass(frozen=True, slots=True)
class ComparedDetail:
    """A detail of two records in words; `differs` as D `details-differ` compares."""

    label: str
    survivor: str
    duplicate: str
    differs: bool


def compare(duplicate: Pupil, survivor: Pupil) -> list[ComparedDetail]:
    """Return the details of both records, the forename first: it alone tells twins apart."""
    return [
        _names("First name", duplicate.forename, survivor.forename),
        _names("Last name", duplicate.surname, survivor.surname),
        _line("Date of birth", in_words(duplicate.born), in_words(survivor.born)),
        _line("Sex", duplicate.sex, survivor.sex),
        _line("School", duplicate.school_name, survivor.school_name),
        _line("Year group", duplicate.year_group, survivor.year_group),
        _names("Address", duplicate.address, survivor.address),
        _names("Postcode", duplicate.postcode, survivor.postcode),
        _names("Parent or carer", duplicate.parent_name, survivor.parent_name),
        _line("On the school roll", _on_roll(duplicate), _on_roll(survivor)),
    ]


def needs_second(duplicate: Pupil, survivor: Pupil) -> bool:
    """Return whether anything but the UPN differs, so that a second officer must agree."""
    return any(detail.differs for detail in compare(duplicate, survivor))


def open_proposals() -> QuerySet[MergeProposal]:
    """Return open proposals that can still be carried out, oldest first; 1 query."""
    standing = Pupil.objects.standing()
    proposals = MergeProposal.objects.filter(answer=None, gone__in=standing, kept__in=standing)
    return proposals.select_related("gone__school", "kept__school", "by").order_by("pk")


def proposals_for(user: User) -> QuerySet[MergeProposal]:
    """Return the proposals that this officer can agree to: another officer's; 1 query."""
    return open_proposals().exclude(by=user)


def propose(
    duplicate: Pupil, survivor: Pupil, *, reason: str, by: User, at: datetime
) -> MergeProposal:
    """Ask a second officer whether two records are of one child.

    Raises NotNowError if someone has already asked, or the records cannot be merged.
    """
    with transaction.atomic():
        lock_pupils([duplicate.pk, survivor.pk])
        merging.check_can_merge(duplicate, survivor)
        earlier = open_proposals().filter(
            Q(gone=duplicate, kept=survivor)
            | Q(gone=survivor, kept=duplicate)  # whichever is to stay
        )
        if earlier.exists():
            raise NotNowError("A second officer has already been asked about these 2 records.")
        proposal = MergeProposal.objects.create(
            gone=duplicate, kept=survivor, reason=reason, at=at, by=by
        )
        log.append([_entry("merge-proposed", proposal, proposal)])
    return proposal


def check_can_agree(proposal: MergeProposal, *, by: User) -> None:
    """Raise NotNowError for whoever proposed it, or once it is answered."""
    _check_open(proposal)
    if proposal.by_id == by.pk:
        raise NotNowError("You requested this, so another officer must agree.")


def agree(proposal: MergeProposal, *, by: User, at: datetime) -> int:
    """Agree, as a second officer, and merge the records; return how many decisions were added to
    the one that is kept. Raises NotNowError."""
    with transaction.atomic():
        # In the order of all locks: the roll before pupils. Two answers at once follow each other.
        locks.take(locks.Area.ROLL)
        lock_pupils([proposal.gone_id, proposal.kept_id])
        check_can_agree(proposal, by=by)
        given = MergeAnswer.objects.create(proposal=proposal, agrees=True, at=at, by=by)
        log.append([_entry("merge-agreed", proposal, given)])
        return merging.merge(
            proposal.gone,
            proposal.kept,
            reason=proposal.reason,
            by=proposal.by,
            at=at,
            agreed_by=by,
        )


def refuse(proposal: MergeProposal, *, note: str, by: User, at: datetime) -> None:
    """Refuse because they are two children, or withdraw the proposal. Raises NotNowError."""
    with transaction.atomic():
        lock_pupils([proposal.gone_id, proposal.kept_id])
        _check_open(proposal)
        given = MergeAnswer.objects.create(proposal=proposal, agrees=False, note=note, at=at, by=by)
        log.append([_entry("merge-refused", proposal, given)])


def _check_open(proposal: MergeProposal) -> None:
    if MergeAnswer.objects.filter(proposal=proposal).exists():
        raise NotNowError("Another officer has already answered this.")


def _entry(event: str, proposal: MergeProposal, row: MergeProposal | MergeAnswer) -> log.Body:
    """Return the entry of a proposal, or of the answer to it."""
    return log.body(
        event,
        at=row.at,
        by=row.by,
        proposal=proposal.pk,
        person=str(proposal.kept.reference),
        gone=str(proposal.gone.reference),
        texts=texts_of(row),
    )


def _names(label: str, duplicate: str, survivor: str) -> ComparedDetail:
    return ComparedDetail(
        label, survivor, duplicate, folded_name(duplicate) != folded_name(survivor)
    )


def _line(label: str, duplicate: str, survivor: str) -> ComparedDetail:
    return ComparedDetail(label, survivor, duplicate, duplicate != survivor)


def _on_roll(pupil: Pupil) -> str:
    return f"Left by {in_words(pupil.left_on)}" if pupil.left_on else "Yes"
