"""Letters with codes: staff ask for them, a job creates them, and they are kept for a day (C3).

The secrets of the codes are in the PDF and nowhere else. Codes are stored in the transaction
that says the PDF is ready: one that is lost on the way has no live codes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from consent import age_rules, rules
from consent.decisions.contacts import Contact
from consent.decisions.linked_decisions import decided_about
from consent.letters import codes
from consent.models import Decision, LetterCode, LetterKind, LetterRun, Pupil, Scheme, School
from consent.models.people import may_be_written_to
from consent.queries import lock_pupils, notice_to_read, scheme_facts
from consent.rules import Choice, DecidedBy
from consent.same_child_links import Links, open_links
from consent.scheme_words import child_in_words, law_in_words, supply_in_words
from notices.languages import LANGUAGES, Language, language_of
from notices.queries import controller, publication
from privacy_portal.ground.accounts.models import User
from privacy_portal.ground.days import day_of, end_of
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.jobs import defer
from privacy_portal.ground.log import appending as log
from privacy_portal.ground.mail.writing import address
from privacy_portal.ground.row_security import beyond_own_schools
from privacy_portal.ground.terms import current as terms
from privacy_portal.ground.terms.rules import filled
from privacy_portal.ground.ui.errors import NotOnThisServerError
from privacy_portal.ground.ui.pdf import as_pdf

MOST = 2_000
PART = 25
CHANGED = "A pupil’s record has changed since. Create the letters again."
# As a run's language: each family's own, as the roll has it.
ROLL = "roll"


@dataclass(frozen=True, slots=True)
class LetterTranslation:
    """The section of the notice in force about the opt-out, in a family's language."""

    language: Language
    heading: str
    body: str


@dataclass(frozen=True, slots=True)
class AddressedLetter:
    """One letter: its addressee and address lines, the pupil, and the code as printed."""

    to_name: str
    lines: list[str]
    pupil: Pupil
    own: bool
    code: str
    translated: LetterTranslation | None


# Pupils one year older are 25: no scheme asks people of that age.
OLDEST_YEAR = 20


def year_groups(school: School) -> list[str]:
    """Return the year groups of a school's pupils in order, without those of people aged 25 or over,
    about whom no letter is written; 1 query."""
    pupils = _present(school).exclude(year_group="")
    groups = {
        group
        for group in pupils.values_list("year_group", flat=True)
        if not group.isdecimal() or int(group) <= OLDEST_YEAR
    }
    return sorted(groups, key=lambda group: (not group.isdigit(), group.zfill(5)))


def pupils_for(
    school: School, scheme: Scheme, kind: LetterKind, years: Sequence[str], on: date
) -> list[int]:
    """Return the ids of the pupils of these year groups whom a run is about, ordered by name.

    For `TURNING_16`, only pupils with a parent's opt-out in effect who may now decide for themselves,
    have not, and had no such letter yet (or one whose code another letter cancelled).
    """
    pupils = _present(school).filter(year_group__in=list(years))
    if kind is LetterKind.TURNING_16:
        return [pupil.pk for pupil in turned_16(pupils, scheme, on)]
    return list(_named(pupils).values_list("pk", flat=True))


def turned_16(
    pupils: QuerySet[Pupil], scheme: Scheme, on: date, *, again: bool = False
) -> list[Pupil]:
    """Return the pupils for whom a parent's opt-out applies although the choice is now their own (C2).

    Leaves out those whom a letter about that gave time to answer, unless `again`. A decision or
    letter about one of several records that may be of one child (C6b) is about all: returns the
    newest.
    """
    facts = scheme_facts(scheme)
    if facts.self_age is None:
        return []
    had = LetterCode.objects.filter(scheme=scheme, kind=LetterKind.TURNING_16)
    # A code that another letter ended before its day gave nobody the time to use it.
    had = had.exclude(revoked_at__lt=F("expires_at"))
    decided = Decision.objects.filter(scheme=scheme, by=DecidedBy.PARENT, choice=Choice.OPT_OUT)
    links = open_links()
    grown = pupils.filter(
        Q(pk__in=decided.values("pupil")) | Q(pk__in=_linked_to(decided, links)),
        born__lte=age_rules.latest_birth(facts.self_age, on),
    )
    if not again:
        grown = grown.exclude(pk__in=had.values("pupil")).exclude(pk__in=_linked_to(had, links))
    seen = rules.Seen(rules.FOREVER, end_of(on))
    turned = [
        pupil for pupil in _named(grown) if decided_about(scheme, pupil).by_parents_alone(seen)
    ]
    numbers = {pupil.pk for pupil in turned}
    return [
        pupil
        for pupil in turned
        if pupil.pk == max(numbers & links.groups.get(pupil.pk, frozenset({pupil.pk})))
    ]


@beyond_own_schools()
def _linked_to(about: QuerySet[Any], links: Links) -> set[int]:
    """Return the records that may be of the same child as one that `about` names; no query without links."""
    if not links.groups:
        return set()
    among = about.filter(pupil__in=list(links.groups)).values_list("pupil", flat=True)
    return links.with_others(among)


def ask(run: LetterRun, *, to: Contact | None = None, by: User, at: datetime) -> LetterRun:
    """Ask for the letters of a run, not stored yet, and defer the job that creates them.

    Raises NotNowError for no pupils, or for more than 2,000 at once.
    """
    if not run.pupils:
        raise NotNowError("There are no pupils to write to. Select other year groups")
    if len(run.pupils) > MOST:
        raise NotNowError(
            f"You can create up to {MOST:,} letters at once. Select fewer year groups"
        )
    if to:
        run.to_name, run.to_by = to.name, _by(to.own).value
    run.asked_by, run.asked_at = by, at
    run.expires_at = at + timedelta(hours=settings.LETTER_HOURS)
    with transaction.atomic():
        run.save(force_insert=True)
        defer("consent.print_letters", {"run": str(run.pk)})
        log.record(
            "letters-asked",
            at=at,
            by=by,
            run=str(run.pk),
            kind=run.kind,
            scheme=run.scheme.code,
            letters=len(run.pupils),
        )
    return run


def create(run_id: UUID, *, at: datetime) -> None:
    """Create the PDF of a run and its codes, and revoke the older codes of the same pupils.

    Run again after the process died, it creates other codes: those of the first PDF were never stored.
    """
    run = LetterRun.objects.select_related("scheme__recipient", "school").get(pk=run_id)
    if run.state != LetterRun.State.WAITING:
        return
    try:
        letters, rows = _letters(run, at)
        pdf = as_pdf(
            render_to_string("consent/letters/pdf.html", _context(run, letters, at)),
            styles="letter",
        )
    except NotOnThisServerError as error:
        fail(run_id, why=str(error))
        return
    path = file_of(run)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(pdf)
    with transaction.atomic():
        unfinished = LetterRun.objects.select_for_update().get(pk=run_id)
        if unfinished.state != LetterRun.State.WAITING:
            return
        lock_pupils(run.pupils)
        if hears_nothing([letter.pupil.pk for letter in letters]):
            unfinished.state, unfinished.why = LetterRun.State.FAILED, CHANGED
            unfinished.save(update_fields=["state", "why"])
            path.unlink(missing_ok=True)
            return
        codes.revoke(run.pupils, scheme=run.scheme_id, at=at)
        LetterCode.objects.bulk_create(rows, batch_size=1_000)
        unfinished.state, unfinished.made = LetterRun.State.READY, len(rows)
        unfinished.save(update_fields=["state", "made"])
        people = sorted(str(row.pupil.reference) for row in rows)
        log.record("letters-printed", at=at, by=None, run=str(run_id), people=people)


def hears_nothing(pupils: Iterable[int]) -> bool:
    """Return whether one of these pupils, by id, is protected or has died, so that no letter may go
    (P4, P6); 1 query."""
    return Pupil.objects.filter(pk__in=list(pupils)).exclude(may_be_written_to()).exists()


def fail(run_id: UUID, *, why: str) -> None:
    """Mark a run as failed with the reason; none of its codes was stored."""
    unfinished = LetterRun.objects.filter(pk=run_id, state=LetterRun.State.WAITING)
    unfinished.update(state=LetterRun.State.FAILED, why=why)


def download(run: LetterRun, *, by: User, at: datetime) -> bytes:
    """Return the PDF to whoever asked for it, and log the download. Raises NotNowError otherwise."""
    if run.state != LetterRun.State.READY or run.expires_at <= at:
        raise NotNowError("These letters have been deleted. Create them again.")
    if run.asked_by_id != by.pk:
        raise NotNowError("Only the person who created these letters can download them.")
    if hears_nothing(run.codes.values_list("pupil", flat=True)):
        raise NotNowError(CHANGED)
    with transaction.atomic():
        log.record("letters-taken", at=at, by=by, run=str(run.pk))
    try:
        return file_of(run).read_bytes()
    except FileNotFoundError as error:
        raise NotNowError("These letters have been deleted. Create them again.") from error


def forget_old(*, at: datetime) -> int:
    """Delete PDFs a day old, and the pupils of their runs; return the number of runs."""
    old = LetterRun.objects.exclude(state=LetterRun.State.GONE).filter(expires_at__lte=at)
    gone = 0
    for run in old:
        file_of(run).unlink(missing_ok=True)
        gone += LetterRun.objects.filter(pk=run.pk).update(state=LetterRun.State.GONE, pupils=[])
    return gone


def runs_of(user: User) -> QuerySet[LetterRun]:
    """Return the runs that a member of staff asked for, newest first; 1 query."""
    return LetterRun.objects.filter(asked_by=user).select_related("scheme", "school")


def translations(scheme: Scheme, on: date) -> list[LetterTranslation]:
    """Return what the notice in force says about the opt-out in each other language; 3 queries."""
    version = notice_to_read(on)
    if version is None:
        return []
    content = publication(version).content
    sections = enumerate(content["sections"])
    place = next((at for at, section in sections if section["scheme"] == scheme.code), None)
    if place is None:
        return []
    return [
        LetterTranslation(
            LANGUAGES[translated["language"]],
            translated["sections"][place]["heading"],
            translated["sections"][place]["body"],
        )
        for translated in content.get("translations", [])
    ]


def language_code(pupil: Pupil) -> str:
    """Return the code of the family's language if notices are translated into it, else an empty text."""
    language = language_of(pupil.home_language)
    return language.code if language else ""


def file_of(run: LetterRun) -> Path:
    """Return the path of a run's PDF."""
    return Path(settings.PRIVATE_DIR) / "letters" / f"{run.pk}.pdf"


def _present(school: School) -> QuerySet[Pupil]:
    pupils: QuerySet[Pupil] = Pupil.objects.to_write_to().filter(school=school)
    return pupils


def _named(pupils: QuerySet[Pupil]) -> QuerySet[Pupil]:
    return pupils.order_by("surname_folded", "forename_folded", "pk")


def _letters(run: LetterRun, at: datetime) -> tuple[list[AddressedLetter], list[LetterCode]]:
    """Return every letter with its code; store the progress while codes are hashed."""
    writable = Pupil.objects.standing().filter(may_be_written_to(), pk__in=run.pupils)
    pupils = {pupil.pk: pupil for pupil in writable}
    taken = codes.selectors_in_use()
    self_age, on = run.scheme.self_age, day_of(at)
    translated = {text.language.code: text for text in translations(run.scheme, on)}
    letters: list[AddressedLetter] = []
    rows: list[LetterCode] = []
    for number, pk in enumerate(run.pupils, 1):
        if (pupil := pupils.get(pk)) is None:
            continue
        own = self_age is not None and age_rules.attained(self_age, pupil.born, on)
        name = f"{pupil.forename} {pupil.surname}"
        if run.to_by:
            own = run.to_by == DecidedBy.PUPIL
        to_name = run.to_name or (name if own else pupil.parent_name)
        by = _by(own)
        printed = codes.new_code(pupil, run, by=by, to_name=to_name, taken=taken, at=at)
        rows.append(printed.code)
        language = language_code(pupil) if run.language == ROLL else run.language
        home = f"{pupil.address}, {pupil.postcode}" if pupil.postcode else pupil.address
        lives_with = pupil.parent_address in ("", pupil.address)
        where = home if own or lives_with else pupil.parent_address
        lines = [line.strip() for line in where.split(",") if line.strip()]
        addressee, text = to_name or f"Parent or carer of {name}", translated.get(language)
        letters.append(AddressedLetter(addressee, lines, pupil, own, printed.text, text))
        if number % PART == 0:
            LetterRun.objects.filter(pk=run.pk).update(made=number)
    return letters, rows


def _say(organisation: str, name: str, pupil: str) -> str:
    """Return a text of letters as the policy has it."""
    return filled(terms.text(name), organisation=organisation, pupil=pupil)


def _by(own: bool) -> DecidedBy:
    return DecidedBy.PUPIL if own else DecidedBy.PARENT


def _context(run: LetterRun, letters: list[AddressedLetter], at: datetime) -> dict[str, object]:
    on = day_of(at)
    where = address(reverse("opt-out-code"))
    basics = [row.item for row in run.scheme.basic_items.select_related("item")]
    return {
        "run": run,
        "letters": letters,
        "say": partial(_say, run.scheme.recipient.name),
        "scheme": run.scheme,
        "basics": basics,
        "supply": supply_in_words(run.scheme, basics=bool(basics)),
        "child": child_in_words(run.scheme),
        "law": law_in_words(run.scheme),
        "today": on,
        "last_day": day_of(at + timedelta(days=terms.number("code_days"))),
        "where": where,
        "drawing": segno.make_qr(where, error="m").svg_data_uri(scale=4, border=2),
        "controller": controller(),
    }
