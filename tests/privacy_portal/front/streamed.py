"""A small application behind the front, to be served by itself: it streams, and tells how it ended."""

import os
from pathlib import Path
from time import sleep

from privacy_portal.front.bodies import Limits
from privacy_portal.front.calling import Pieces
from privacy_portal.front.reception import Reception, Sizes
from privacy_portal.ground.counted_stream import CountedStream

FOLDER = Path(os.environ["STREAMED_FOLDER"])
MIB = 1 << 20


class Told(CountedStream):
    """Writes how many bytes were sent once it ends."""

    streaming = True

    def finish(self) -> None:
        part = FOLDER / "part"
        part.write_text(str(self.bytes_sent))
        part.rename(FOLDER / "sent")


def portal(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/":
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]
    sleep(float(environ["QUERY_STRING"] or 0))
    file = FOLDER / "file"
    start_response("200 OK", [("Content-Length", str(file.stat().st_size))])
    (FOLDER / "begun").touch()
    return Pieces(file.open("rb"), 1) if path == "/pieces" else Told(file.open("rb"))


application = Reception(
    portal,
    threads=2,
    limits=Limits(5, 5, 1000, 10, FOLDER),
    sizes=Sizes(1000, 1000),
    signed_in=lambda cookies: False,
)
