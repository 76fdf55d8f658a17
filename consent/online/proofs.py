"""The proof that a form is in the log (C2SP tlog-proof, L3a)."""

from django.http import HttpResponseBase

from consent.models import OptOutRequest
from privacy_portal.ground.log.checkpoints import NotCoveredError, proof_of_entry
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.ui.private_downloads import private_file


def has_proof(sent: OptOutRequest) -> bool:
    """Return whether the number of its log entry is known, so that there is a proof of it; at most 1 query."""
    return hasattr(sent, "received_entry")


def proof_file(sent: OptOutRequest) -> HttpResponseBase | None:
    """Return the proof of a form that has one as a file; None while no checkpoint covers its entry.

    The entry says when the form came and its reference, and nothing about a pupil (C7).
    """
    try:
        text = proof_of_entry(sent.received_entry.entry)
    except (NotCoveredError, FolderError):
        return None
    return private_file(
        text.encode(),
        name=f"opt-out-{sent.reference}.tlog-proof",
        content_type="text/plain; charset=utf-8",
    )
