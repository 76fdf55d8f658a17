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
from privacy_portal.ground.names import folded_name


@dataclass(frozen=True, slots=True)
class ComparedDetail:
    """A detail of two records in words; `differs` as D `details-differ` compares."""

    label: str
    kept: str
    gone: str
    differs: bool


def compare(gone: Pupil, kept: Pupil) -> list[ComparedDetail]:
    """Return the details of both records, the forename first: it alone tells twins apart."""
    return [
        _names("First name", gone.forename, kept.forename),
        _names("Last name", gone.surname, kept.surname),
        _line("Date of birth", in_words(gone.born), in_words(kept.born)),
        _line("Sex", gone.sex, kept.sex),
        _line("School", gone.school.name, kept.school.name),
        _line("Year group", gone.year_group, kept.year_group),
        _names("Address", gone.address, kept.address),
        _names("Postcode", gone.postcode, kept.postcode),
        _names("Parent or carer", gone.parent_name, kept.parent_name),
        _line("On the school roll", _on_roll(gone), _on_roll(kept)),
    ]


def needs_second(gone: Pupil, kept: Pupil) -> bool:
    """Return whether anything but the UPN differs, so that a second officer must agree."""
    return any(detail.differs for detail in compare(gone, kept))


def waiting() -> QuerySet[MergeProposal]:
    """Return the proposals that nobody has answered and that can still be carried out, oldest
    first; 1 query."""
    proposals = MergeProposal.objects.filter(
        answer=None,
        gone__in=Pupil.objects.standing(),
        kept__in=Pupil.objects.standing(),
    )
    return proposals.select_related("gone__school", "kept__school", "by").order_by("pk")


def waiting_for(user: User) -> QuerySet[MergeProposal]:
    """Return the proposals that this officer can agree to: another officer's; 1 query."""
    return waiting().exclude(by=user)


def propose(gone: Pupil, kept: Pupil, *, reason: str, by: User, at: datetime) -> MergeProposal:
    """Ask a second officer whether two records are of one child.

    Raises NotNowError if someone has already asked, or the records cannot be merged.
    """
    with transaction.atomic():
        lock_pupils([gone.pk, kept.pk])
        merging.check_can_merge(gone, kept)
        open_proposals = waiting().filter(
            Q(gone=gone, kept=kept) | Q(gone=kept, kept=gone)  # whichever is to stay
        )
        if open_proposals.exists():
            raise NotNowError("A second officer has already been asked about these 2 records.")
        proposal = MergeProposal.objects.create(gone=gone, kept=kept, reason=reason, at=at, by=by)
        log.append([_entry("merge-proposed", proposal, by=by, at=at)])
    return proposal


def check_agree(proposal: MergeProposal, *, by: User) -> None:
    """Raise NotNowError for whoever proposed it, or once it is answered."""
    _check_open(proposal)
    if proposal.by_id == by.pk:
        raise NotNowError("You requested this, so another officer must agree.")


def agree(proposal: MergeProposal, *, by: User, at: datetime) -> int:
    """Agree, as a second officer, and merge the records; return how many decisions were added to
    the one that is kept. Raises NotNowError."""
    with transaction.atomic():
        # In the order of all locks: the roll before pupils. Two answers at once follow each other.
        locks.take(locks.Held.ROLL)
        lock_pupils([proposal.gone_id, proposal.kept_id])
        check_agree(proposal, by=by)
        MergeAnswer.objects.create(proposal=proposal, agrees=True, at=at, by=by)
        log.append([_entry("merge-agreed", proposal, by=by, at=at)])
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
        MergeAnswer.objects.create(proposal=proposal, agrees=False, note=note, at=at, by=by)
        log.append([_entry("merge-refused", proposal, by=by, at=at)])


def _check_open(proposal: MergeProposal) -> None:
    if MergeAnswer.objects.filter(proposal=proposal).exists():
        raise NotNowError("Another officer has already answered this.")


def _entry(event: str, proposal: MergeProposal, *, by: User, at: datetime) -> log.Body:
    return log.body(
        event,
        at=at,
        by=by,
        proposal=proposal.pk,
        person=str(proposal.kept.reference),
        gone=str(proposal.gone.reference),
    )


def _names(label: str, gone: str, kept: str) -> ComparedDetail:
    return ComparedDetail(label, kept, gone, folded_name(gone) != folded_name(kept))


def _line(label: str, gone: str, kept: str) -> ComparedDetail:
    return ComparedDetail(label, kept, gone, gone != kept)


def _on_roll(pupil: Pupil) -> str:
    return f"Left by {in_words(pupil.left_on)}" if pupil.left_on else "Yes"
