"""Make a tagged PDF (PDF/UA-1) with the portal's own fonts."""

from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from privacy_portal.ground.ui.errors import NotOnThisServerError, not_on_this_server

DRAWING = "data:image/svg+xml"


def pdf_response(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object],
    *,
    name: str,
    keep: bool = False,
    styles: str = "pdf",
) -> HttpResponse:
    """Return a template as a PDF to open, or with `keep` to save; say so where none can be made."""
    try:
        content = as_pdf(render_to_string(template, dict(context)), styles=styles)
    except NotOnThisServerError as error:
        return not_on_this_server(request, error)
    way = "attachment" if keep else "inline"
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'{way}; filename="{name}.pdf"'},
    )


@lru_cache(maxsize=16)
def unpacked(path: Path, changed: int) -> bytes:
    """Return the letters of a WOFF2 file as a page is set with them: unpacking takes longer than
    most pages, so it is done once in a process for each state of the file (`changed`)."""
    from fontTools.ttLib import woff2

    out = BytesIO()
    woff2.decompress(BytesIO(path.read_bytes()), out)
    return out.getvalue()


def check_available() -> None:
    """Raise NotOnThisServerError where the system's library for text layout (Pango) is missing."""
    try:
        import weasyprint  # noqa: F401 - it loads the library
    except OSError as error:
        raise NotOnThisServerError("Pango is not installed on this server.") from error


def as_pdf(html: str, *, styles: str = "pdf") -> bytes:
    """Return the page as PDF/UA-1, with the styles of that name.

    Nothing is fetched but the portal's own styles and letters; drawings may be in the page.
    Raises NotOnThisServerError where the system's library for text layout (Pango) is missing.
    """
    check_available()
    from weasyprint import CSS, HTML, URLFetcher
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcherResponse

    folder = settings.BASE_DIR / "static" / "dist"
    inside = folder.as_uri() + "/"

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if not url.startswith(DRAWING) and (not url.startswith(inside) or ".." in url):
                raise ValueError(f"a PDF fetches nothing from elsewhere: {url}")
            if url.startswith(inside) and url.endswith(".woff2"):
                path = folder / url.removeprefix(inside)
                return URLFetcherResponse(url, unpacked(path, path.stat().st_mtime_ns))
            return super().fetch(url, headers)

    fetcher = OwnFilesOnly()
    page = HTML(string=html, base_url=inside, url_fetcher=fetcher)
    fonts = FontConfiguration()
    css = folder / f"{styles}.css"
    sheet = CSS(filename=css, base_url=inside, url_fetcher=fetcher, font_config=fonts)
    content: bytes = page.write_pdf(stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1")
    return content
