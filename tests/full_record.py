"""A pupil about whom the portal knows something in nearly every table, in words that nobody else has."""

from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from consent.decisions import invalidating, objecting
from consent.identities import merging
from consent.keeping import holding
from consent.matching import matching
from consent.models import Invalidation, Pupil, Ruling
from consent.protection import looking, recording
from privacy_portal.ground.mail import sending
from privacy_portal.ground.mail.models import Message
from sharing.disclosures.person_lines import index_lines
from sharing.models import RecallStep
from sharing.pupils import list_approving
from sharing.review import destruction, recalling
from tests.example import NOON
from tests.factories.consent import (
    ContactFactory,
    DecisionFactory,
    LetterRunFactory,
    ObjectionFactory,
    ProtectionFactory,
    PupilFactory,
    RequestFactory,
    upn_of,
)
from tests.factories.ground import ProtectedRecordsOfficerFactory
from tests.factories.sharing import DisclosureFactory
from tests.forms import SCAN, paper

# What must be nowhere once the pupil is erased. Staff wrote TOLD in every note and reason.
SURNAME, FORENAME, STREET, EMAIL, TOLD = (
    "Quillfeather",
    "Zephyrine",
    "Marmalade",
    "thaddeus",
    "zzwords",
)
UPN, OTHER_UPN = upn_of(77701), upn_of(77702)
WORDS = (
    SURNAME, FORENAME, STREET, EMAIL, TOLD, "Thaddeus", "QZ1 9QZ", "Esperanto", "07700900123", UPN, OTHER_UPN,
    "2012-02-17", "1999-02-17",
)  # fmt: skip
# Where they stand before.
TABLES = {
    "consent_pupil", "consent_pupilupn", "consent_formername", "consent_rollcontact", "consent_decision",
    "consent_invalidation", "consent_ruling", "consent_rulingtold", "consent_pupilmerge",
    "consent_optoutrequest", "consent_ending", "consent_endinganswer", "consent_protectedlook",
    "consent_hold", "consent_holdend", "consent_letterrun", "consent_lettercode",
    "sharing_listanswer", "sharing_recallstep",
}  # fmt: skip
HOME = {
    "surname": SURNAME, "forename": FORENAME, "born": date(2012, 2, 17),
    "address": f"9 {STREET} Row", "postcode": "QZ1 9QZ", "parent_name": f"Thaddeus {SURNAME}",
    "parent_address": f"9 {STREET} Row", "parent_email": f"{EMAIL}@example.org",
    "home_language": "Esperanto",
}  # fmt: skip


def made(officer, second):
    """Return the pupil, who has left long ago and about whom nothing is open."""
    pupil = PupilFactory.create(upn=UPN, **HOME)
    shared = _shared(officer)
    _chosen(pupil, officer)
    _recalled(pupil, shared, officer)
    _merged(pupil, officer)
    _protected(pupil, officer, second)
    hold = holding.hold(pupil, reason=TOLD, by=officer, at=NOON)
    holding.end(hold, reason=TOLD, by=officer, at=NOON)
    ContactFactory.create(
        pupil=pupil, place=9, name=f"Aunt {SURNAME}", email=f"{EMAIL}@example.org"
    )
    Pupil.objects.filter(pk=pupil.pk).update(born=date(1999, 2, 17), left_on=date(2016, 7, 22))
    without_mails()
    return Pupil.objects.get(pk=pupil.pk)


def without_mails():
    """Let the keeping time of emails, which is their own, be over."""
    Message.objects.update(failed_at=NOON)
    sending.forget(before=NOON + timedelta(days=1))


def _chosen(pupil, officer):
    """An opt-out on paper, one with a letter's code printed, an objection that is decided, an opt-out that
    was marked invalid, and one sent online."""
    client = Client()
    client.force_login(officer)
    form = {**paper(pupil), "person_name": HOME["parent_name"], "email": HOME["parent_email"]}
    client.post("/staff/opt-outs/paper/", {**form, "scan": SimpleUploadedFile("a.pdf", SCAN)})
    LetterRunFactory.create(pupils=[pupil], to_name=HOME["parent_name"])
    objection = ObjectionFactory.create(
        pupil=pupil,
        person_name=HOME["parent_name"],
        grounds=TOLD,
        channel="import",
        days=-10,
    )
    ruling = objecting.rule(objection, Ruling.Kind.UPHELD, reason=TOLD, by=officer, at=NOON)
    objecting.tell(ruling, note=TOLD, by=officer, at=NOON)
    wrong = DecisionFactory.create(pupil=pupil, scheme="connexions", person_name=f"Uncle {SURNAME}")
    invalidating.mark_invalid(wrong, kind=Invalidation.Kind.OTHER, reason=TOLD, by=officer, at=NOON)
    sent = RequestFactory.create(
        surname=SURNAME, forename=FORENAME, born=HOME["born"], person_name=HOME["parent_name"],
        email=HOME["parent_email"], phone="07700900123", school=pupil.school, matched=False,
    )  # fmt: skip
    matching.match_all_confirmed(at=NOON)
    assert sent.decisions.filter(pupil=pupil).exists()


def _shared(officer):
    """What an organisation got, before it was known that somebody objects to it."""
    extract = f"UPN,Sex\r\n{UPN},F\r\n"
    agreed = {"agreement": "WIG-FFT", "purpose": "performance-analysis"}
    shared = DisclosureFactory.create(content=extract, by=officer, days=-9, **agreed)
    assert shared.lines.filter(item_set__isnull=False).exists()
    index_lines(at=NOON)
    return shared


def _recalled(pupil, shared, officer):
    """The recall of what was shared, and its end."""
    (recall,) = recalling.recalls_of(pupil)
    for kind in (RecallStep.Kind.SENT, RecallStep.Kind.CONFIRMED):
        recall = recalling.recalls().get(pk=recall.pk)
        recalling.record_step(recall, kind, on=NOON.date(), note=TOLD, by=officer, at=NOON)
    known = {"on": NOON.date(), "note": "", "certificate": None, "by": officer, "at": NOON}
    destruction.record_deletion(shared, **known)


def _merged(pupil, officer):
    """Another record of the child, with a choice of its own."""
    other = PupilFactory.create(upn=OTHER_UPN, **HOME)
    DecisionFactory.create(pupil=other, person_name=HOME["parent_name"])
    merging.merge(other, pupil, reason=TOLD, by=officer, at=NOON)


def _protected(pupil, officer, second):
    """A protection that has ended, a look at the home, and a list that was given out."""
    ProtectionFactory.create(pupil=pupil, by=officer)
    head = ProtectedRecordsOfficerFactory.create()
    looking.look(Pupil.objects.get(pk=pupil.pk), reason=TOLD, by=head, at=NOON)
    asked = list_approving.ask(Pupil.objects.get(pk=pupil.pk), by=officer, at=NOON)
    list_approving.answer(asked, agrees=False, note=TOLD, by=second, at=NOON)
    ending = recording.propose_ending(
        Pupil.objects.get(pk=pupil.pk), reason=TOLD, by=officer, at=NOON
    )
    recording.answer_ending(ending, agrees=True, note=TOLD, by=second, at=NOON)


def found_of(words):
    """Return where one of these words stands, in the database or in a private file: table or path, and word."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row::text FROM "{table}" row')
            for (text,) in cursor.fetchall():
                found |= {(table, word) for word in words if word.casefold() in text.casefold()}
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM log_entry")
        for (text,) in cursor.fetchall():
            found |= {("entry", word) for word in words if word in text}
    for path in Path(settings.PRIVATE_DIR).rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            found |= {(str(path), word) for word in words if word.encode() in content}
    return found
