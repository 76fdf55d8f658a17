"""Officers’ pages with the cover sheet of a file that was handed over, as often as they need it (H5)."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from privacy_portal.ground.accounts.access import Action
from privacy_portal.ground.accounts.permissions import open_to
from privacy_portal.ground.errors import NotNowError
from privacy_portal.ground.log.checkpoints import (
    NO_CHECKPOINT,
    NO_PROOF,
    NotCoveredError,
    proof_of_entry,
)
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.ui.errors import NotOnThisServerError, not_on_this_server
from privacy_portal.ground.ui.private_downloads import private_file
from privacy_portal.ground.ui.refusals import not_now_to
from sharing.cover_sheets.queries import cover_sheets
from sharing.cover_sheets.writing import names_beside, pdf_of, proof_name, text_of
from sharing.models import CoverSheet

TEXT = "text/plain; charset=utf-8"


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def text(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Return a cover sheet as plain text."""
    sheet = _sheet(entry)
    name, _ = names_beside(sheet.file_name)
    return private_file(text_of(sheet), name=name, content_type=TEXT)


@require_safe
@open_to(Action.SEE_DISCLOSURES)
def pdf(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Return a cover sheet as a PDF."""
    sheet = _sheet(entry)
    _, name = names_beside(sheet.file_name)
    try:
        return private_file(pdf_of(sheet), name=name)
    except NotOnThisServerError as error:
        return not_on_this_server(request, error)


@require_safe
@open_to(Action.SEE_DISCLOSURES)
@not_now_to("staff-disclosure", "entry")
def proof(request: HttpRequest, entry: int) -> HttpResponseBase:
    """Return the proof that the entry of a cover sheet is in the log, against the newest checkpoint (L3a)."""
    sheet = _sheet(entry)
    try:
        text = proof_of_entry(sheet.entry)
    except NotCoveredError as error:
        raise NotNowError(NO_CHECKPOINT) from error
    except FolderError as error:
        raise NotNowError(NO_PROOF) from error
    return private_file(text.encode(), name=proof_name(sheet.file_name), content_type=TEXT)


def _sheet(entry: int) -> CoverSheet:
    return get_object_or_404(cover_sheets(), disclosure__entry=entry)
