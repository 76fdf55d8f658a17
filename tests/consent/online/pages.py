"""Pages of the form to opt out online."""

import re


def without_secrets(page):
    """Return a page without the form's secret and the first name that is repeated to who typed it."""
    page = re.sub(r'csrfmiddlewaretoken" value="\w+', "", page)
    return re.sub(r"(first name you gave</dt>\s*<dd[^>]*>)[^<]*", r"\1", page)
