"""Stream a file to its receiver once, and count the bytes that were sent."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

CHUNK = 1 << 16


class CountedStream:
    """A stream of bytes to be sent once; when it is closed, `ended` is called with how many left."""

    def __init__(self, file: BinaryIO, ended: Callable[[int], None]):
        """Take an open file, which is closed with the stream."""
        self.file, self.ended = file, ended
        self.left = 0

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.file.read(CHUNK):
            # Counted once it is asked for what follows: a chunk that was never taken has not left.
            yield chunk
            self.left += len(chunk)

    def close(self) -> None:
        """Close the file and report how much was sent; a second time, do nothing."""
        if not self.file.closed:
            self.file.close()
            self.ended(self.left)
