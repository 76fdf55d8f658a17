"""A version on paper: a tagged PDF (PDF/UA-1) with its own letters."""

from django.conf import settings

from privacy_portal.ui.errors import NotOnThisServerError


def as_pdf(html: str) -> bytes:
    """The page as PDF/UA-1. Nothing is fetched but the portal's own styles and letters.

    Raises NotOnThisServerError where the system's library for text layout (Pango) is missing.
    """
    try:
        from weasyprint import CSS, HTML, URLFetcher
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcherResponse
    except OSError as error:
        raise NotOnThisServerError("Pango is not installed on this server.") from error
    folder = settings.BASE_DIR / "static" / "dist"
    inside = folder.as_uri() + "/"

    class OwnFilesOnly(URLFetcher):
        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if not url.startswith(inside) or ".." in url:
                raise ValueError(f"a PDF fetches nothing from elsewhere: {url}")
            return super().fetch(url, headers)

    fetcher = OwnFilesOnly()
    page = HTML(string=html, base_url=inside, url_fetcher=fetcher)
    fonts = FontConfiguration()
    css = folder / "pdf.css"
    styles = CSS(filename=css, base_url=inside, url_fetcher=fetcher, font_config=fonts)
    made: bytes = page.write_pdf(stylesheets=[styles], font_config=fonts, pdf_variant="pdf/ua-1")
    return made
