"""The application that the server serves: the WSGI application behind a front that reads bodies."""

from privacy_portal.wsgi import application as portal  # isort: skip  # it sets Django up

from django.conf import settings

from privacy_portal.front.bodies import Limits
from privacy_portal.front.reception import Reception, Sizes
from privacy_portal.ground.accounts.sessions import signed_in

application = Reception(
    portal,
    threads=settings.WEB_THREADS,
    limits=Limits(
        seconds=settings.BODY_SECONDS,
        pause_seconds=settings.BODY_PAUSE_SECONDS,
        bytes_a_second=settings.BODY_BYTES_A_SECOND,
        at_once=settings.BODIES_AT_ONCE,
        folder=settings.FILE_UPLOAD_TEMP_DIR,
    ),
    # A file that is somewhat too large comes to its form, which says so.
    sizes=Sizes(
        form=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        file=2 * settings.UPLOAD_MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    ),
    signed_in=signed_in,
)
