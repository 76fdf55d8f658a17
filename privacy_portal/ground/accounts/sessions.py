"""Sessions as the cookies of a request name them, before there is a request."""

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import close_old_connections
from django.http import parse_cookie


def signed_in(cookies: str) -> bool:
    """Return whether these cookies are of somebody who is signed in; 1 query, none without a session."""
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    if not key:
        return False
    close_old_connections()
    try:
        return SESSION_KEY in SessionStore(session_key=key)
    finally:
        close_old_connections()
