"""Jobs of accounts."""

from importlib import import_module

from django.conf import settings
from procrastinate.contrib.django import app


@app.periodic(cron="27 * * * *")
@app.task(name="accounts.forget_sessions", queueing_lock="accounts.forget_sessions")
def forget_sessions(timestamp: int) -> None:
    """Delete expired sessions every hour, and with them unsent answers of opt-outs."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
