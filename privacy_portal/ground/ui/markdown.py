"""Markdown of notices as safe HTML: a few tags, no script, no style, no image."""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

TAGS = {"p", "ul", "ol", "li", "strong", "em", "a", "h3", "h4", "br", "blockquote"}
# "*": no attribute that every tag would have by default (`title`, `lang`).
ATTRIBUTES = {"a": {"href"}, "*": set[str]()}
SCHEMES = {"http", "https", "mailto", "tel"}
_CLASSES = {
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "a": "govuk-link",
    "h3": "govuk-heading-s",
    "h4": "govuk-heading-s",
}
_parser = MarkdownIt("commonmark", {"html": False})


def as_html(text: str) -> Markup:
    """Return the text as HTML of allowed tags only, in the classes of the design system."""
    clean = nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener",
        set_tag_attribute_values={tag: {"class": value} for tag, value in _CLASSES.items()},
    )
    return Markup(clean)  # noqa: S704 - cleaned just above
