"""Jobs of passwords."""

from procrastinate.contrib.django import app

from privacy_portal.ground import days
from privacy_portal.passwords import changing


@app.task(name="passwords.send_link")
def send_link(email: str) -> None:
    """Mail the link for a forgotten password, if the address belongs to an account.

    A job, so that the answer to the form takes the same time for every address.
    """
    changing.send_link(email, at=days.now())
