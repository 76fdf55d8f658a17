"""The WSGI application that the server serves; it refuses to start where it is not safe."""

import os
from pathlib import Path

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")

application = get_wsgi_application()

from privacy_portal.ground.files import own_folders  # noqa: E402
from privacy_portal.ground.ui.waiting import limit_waiting  # noqa: E402

connection_created.connect(limit_waiting)


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured with what is missing. The example and DEBUG may have any settings."""
    from privacy_portal.readiness import not_ready

    wrong = not_ready()
    if not (settings.EXAMPLE or settings.DEBUG):
        messages = checks.run_checks(tags=[checks.Tags.security], include_deployment_checks=True)
        wrong += [
            f"{message.msg} {message.hint or ''} ({message.id})"
            for message in messages
            if message.is_serious()
        ]
    if wrong:
        raise ImproperlyConfigured("The portal could not start:\n" + "\n".join(wrong))


def guard_folders() -> None:
    """Let nobody else read what the portal keeps, or will keep, in its data folder."""
    os.umask(0o077)
    # `make run` gives its own embedded server, which as root runs as another user, in DATABASE_URL.
    own_folders.guard(
        settings.DATA_DIR,
        Path(settings.PRIVATE_DIR),
        Path(settings.EMAIL_FILE_PATH),
        passage=settings.EXAMPLE and os.geteuid() == 0,
    )


refuse_unsafe_start()
guard_folders()
