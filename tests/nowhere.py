"""Where a protected pupil is, in words that stand nowhere else: no page, mail or PDF may have them.

Every response, mail and PDF of every test is held to it, in the portal that journeys are made in too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse

# Of a protected pupil in tests (`hidden_child`): never written on purpose but on the page for an
# officer who says why.
ADDRESS = "7 Quillmarsh Refuge Lane, Wigan"
POSTCODE = "WN9 7QM"
PARENT = "Quenby Quillfeather"
PARENT_ADDRESS = "9 Quillfeather Back Court"
EMAIL = "quenby@quillmarsh.example.org"
CONTACT = "Quorra Quillfeather-Vane"
CONTACT_ADDRESS = "3 Quillvane Terrace, Leigh"
CONTACT_EMAIL = "quorra@quillmarsh.example.org"
PHONE = "07700 900 987"
LOCATING = (
    ADDRESS, "Quillmarsh", POSTCODE, PARENT, PARENT_ADDRESS, EMAIL, CONTACT, CONTACT_ADDRESS,
    CONTACT_EMAIL, PHONE,
)  # fmt: skip
# Asked for one at a time, with a reason that is logged (P2).
MEANT = "/protection/details/"


_SUSPENDED: list[bool] = []


@contextmanager
def not_protected_yet() -> Iterator[None]:
    """Look at nothing while the pupil is not protected yet: then letters and mails are right."""
    _SUSPENDED.append(True)
    try:
        yield
    finally:
        _SUSPENDED.pop()


def assert_nowhere(text: str, where: str) -> None:
    """Raise AssertionError if a text tells where the protected pupil of the tests is."""
    if _SUSPENDED:
        return
    told = [value for value in LOCATING if value.casefold() in text.casefold()]
    assert not told, f"{where} tells {told}"


class NowhereMiddleware:
    """Fails a test in which a response tells where the protected pupil is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if MEANT in request.path:
            return response
        if isinstance(response, StreamingHttpResponse):
            chunks = response.streaming_content
            response.streaming_content = (_checked(chunk, request.path) for chunk in chunks)
        else:
            assert_nowhere(response.content.decode("utf-8", "replace"), request.path)  # type: ignore[attr-defined]
        return response


def _checked(chunk: bytes, path: str) -> bytes:
    assert_nowhere(chunk.decode("utf-8", "replace"), path)
    return chunk


def watch_mails_and_pdfs() -> None:
    """Hold what mails and PDFs are made of to it, from now on."""
    import weasyprint

    from privacy_portal.ground.mail import writing

    message_of = writing._message

    def watched_message(letter, at):
        message = message_of(letter, at)
        assert_nowhere(f"{message.subject} {message.text} {message.to}", f"the mail {letter.key}")
        return message

    class WatchedHTML(weasyprint.HTML):
        def __init__(self, *arguments, string="", **options):
            assert_nowhere(string, "a PDF")
            super().__init__(*arguments, string=string, **options)

    writing._message = watched_message
    weasyprint.HTML = WatchedHTML
