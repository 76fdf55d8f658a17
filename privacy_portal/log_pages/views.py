"""What anyone may read of the log: its newest checkpoint, tiles and keys, never an entry (L3a)."""

import re
from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from privacy_portal.ground import days
from privacy_portal.ground.limits.counting import attempt, client_of
from privacy_portal.ground.log.checkpoints import log_folder, published
from privacy_portal.ground.log.folders import FolderError
from privacy_portal.ground.log.models import Cosignature
from privacy_portal.ground.log.notes import MOST_BYTES
from privacy_portal.ground.public_pages.caching import revalidated
from privacy_portal.log_pages.cosigning import CosignatureError, take

TILE = re.compile(r"(?:[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?")
TEXT = "text/plain; charset=utf-8"
# Programs that anyone can check the log with, as they lie in the portal's folder.
PROGRAMS = ("verify_log.py", "witness.py")
MOST_AN_HOUR = 60
FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
@revalidated
def index(request: HttpRequest) -> HttpResponse:
    """Say what the log is, show its newest checkpoint and who has cosigned it, and how to check it."""
    try:
        newest = published()
    except FolderError:
        newest = None
    size = newest.checkpoint.size if newest else 0
    context = {
        "section": "register",
        "newest": newest,
        "cosignatures": Cosignature.objects.filter(size=size).order_by("at") if newest else [],
        "programs": PROGRAMS,
        "address": f"{settings.PORTAL_ADDRESS}/log",
    }
    return render(request, "log/index.html", context)


@require_safe
@revalidated
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Return the newest checkpoint, with the cosignatures of witnesses."""
    try:
        newest = published()
    except FolderError as error:
        raise Http404 from error
    if newest is None:
        raise Http404
    return HttpResponse(str(newest.note), content_type=TEXT)


@require_safe
@revalidated
def policy(request: HttpRequest) -> HttpResponse:
    """Return the keys of the log and of its witnesses (C2SP tlog-policy)."""
    try:
        text = log_folder().policy()
    except FolderError as error:
        raise Http404 from error
    if text is None:
        raise Http404
    return HttpResponse(text, content_type=TEXT)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """Return the hashes of a tile of the tree (C2SP tlog-tiles): they never change."""
    if not TILE.fullmatch(path):
        raise Http404
    try:
        data = (log_folder().path / "tile" / path).read_bytes()
    except OSError as error:
        raise Http404 from error
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Cache-Control"] = FOR_GOOD
    return response


@require_safe
@revalidated
def program(request: HttpRequest, name: str) -> HttpResponse:
    """Return a program that checks the log without the portal."""
    if name not in PROGRAMS:
        raise Http404
    response = HttpResponse((settings.BASE_DIR / name).read_text(), content_type=TEXT)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@csrf_exempt
@require_POST
def cosignature(request: HttpRequest) -> HttpResponse:
    """Take a witness's cosignature. It is sent by a program without cookies, and proves itself."""
    at = days.now()
    who = client_of(request)
    if not attempt("cosignature-from", who, most=MOST_AN_HOUR, within=timedelta(hours=1), at=at):
        return _answer("Too many at once. Try again in an hour.", 429)
    if len(request.body) > MOST_BYTES:
        return _answer("This is too long.", 413)
    try:
        names = take(request.body.decode(), at=at)
    except UnicodeDecodeError:
        return _answer("This is not text in UTF-8.", 400)
    except CosignatureError as error:
        return _answer(str(error), error.status)
    except FolderError:
        return _answer("The log’s folder cannot be read.", 503)
    return _answer(f"Thank you. Cosigned by {', '.join(names)}.", 200)


def _answer(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", content_type=TEXT, status=status)
