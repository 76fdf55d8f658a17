"""Stream a file to its receiver once, and count the bytes that were sent."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import BinaryIO

CHUNK = 1 << 16


class CountedStream(ABC):
    """A stream of bytes to be sent once. A subclass says in `finish` what follows."""

    def __init__(self, file: BinaryIO):
        """Take an open file, which is closed with the stream."""
        self.file = file
        self.bytes_sent = 0

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.file.read(CHUNK):
            # Counted once it is asked for what follows: a chunk that was never taken was not sent.
            yield chunk
            self.bytes_sent += len(chunk)

    def close(self) -> None:
        """Close the file and finish; a second time, do nothing."""
        if not self.file.closed:
            self.file.close()
            self.finish()

    @abstractmethod
    def finish(self) -> None:
        """Act on how many bytes were sent."""
