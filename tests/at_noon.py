"""The portal as it is served, in processes whose clock shows the examples' day."""

import time_machine

from tests.example import NOON

time_machine.travel(NOON, tick=True).start()

from privacy_portal.asgi import application  # noqa: E402

__all__ = ["application"]
