"""Markdown of notices as safe HTML: a few tags, no script, no style, no image; and as plain text."""

from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
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


def as_text(text: str) -> str:
    """Return what the text says, without marks: a blank line between paragraphs, a line with `- ` for
    each entry of a list, the address of a link behind its words."""
    blocks: list[str] = []
    in_list = 0
    for token in _parser.parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            in_list += 1
            blocks.append("")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            in_list -= 1
        elif token.type == "inline":
            words = _words(token.children or [])
            if in_list:
                blocks[-1] += f"{chr(10) if blocks[-1] else ''}- {words}"
            else:
                blocks.append(words)
    return "\n\n".join(block for block in blocks if block)


def _words(tokens: Sequence[Token]) -> str:
    """Return the words of a line of Markdown."""
    words, target, linked = "", "", ""
    for token in tokens:
        if token.type == "link_open":
            target, linked = str(token.attrs.get("href", "")), words
        elif token.type == "link_close":
            if target.removeprefix("mailto:") != words[len(linked) :]:
                words += f" ({target})"
        elif token.type in ("softbreak", "hardbreak"):
            words += " "
        else:
            words += token.content
    return words
