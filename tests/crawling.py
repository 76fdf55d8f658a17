"""Pages as people meet them: what is read there, where links lead, what forms send and where to."""

from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.http import HttpResponse
from django.urls import Resolver404, resolve

NEVER_READ = {"script", "style", "template"}
NO_VALUE = [(tag, "None") for tag in ("td", "dd", "dt", "h1", "strong", "title")]
# Of each kind of page so many are read.
OF_A_KIND = 4


class Page(HTMLParser):
    """What people read of a page, where its links lead, and the forms of its main part: the method and
    where to."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.inside, self.within = [], [], [], ""
        self.forms, self.in_main = [], False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag in NEVER_READ:
            self.inside.append(tag)
        self.within = tag
        attributes = dict(attrs)
        if tag == "main":
            self.in_main = True
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "form" and self.in_main:
            self.forms.append((attributes.get("method", "get"), attributes.get("action", "")))
        self.words += [
            attributes[name] for name in ("aria-label", "alt", "title") if attributes.get(name)
        ]

    def handle_endtag(self, tag):
        if tag == "main":
            self.in_main = False
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside and data.strip():
            words = " ".join(data.split())
            self.words.append("(no value) None" if (self.within, words) in NO_VALUE else words)


@dataclass(frozen=True)
class Visit:
    """A page that was opened: the address that led there, where it stands after redirects, the answer, and
    the page if it is one to read."""

    asked: str
    address: str
    response: HttpResponse
    page: Page | None

    def to(self, href):
        """Returns where a link or a form of the page leads."""
        return urljoin(self.address, href).split("#")[0]


def name_of(address):
    """Returns the name of an address of the portal; empty for any other."""
    parts = urlsplit(address)
    if parts.netloc or not parts.path.startswith("/"):
        return ""
    try:
        return resolve(parts.path).url_name or ""
    except Resolver404:
        return ""


def visits(client, *starts, opened=lambda name: True, of_a_kind=OF_A_KIND):
    """Yields every page that links lead to from the starts, a few of each kind; `opened` says of an
    address's name whether its pages are opened."""
    waiting, seen, kinds = list(starts), set(), Counter()
    while waiting:
        address = waiting.pop(0)
        kind = name_of(address)
        if not kind or address in seen or not opened(kind):
            continue
        if kinds[kind] >= of_a_kind and address not in starts:
            continue
        response = client.get(address, follow=True)
        lands = (
            urljoin(address, response.redirect_chain[-1][0]) if response.redirect_chain else address
        )
        seen |= {address, lands}
        kinds[kind] += 1
        readable = not response.streaming and response["Content-Type"].startswith("text/html")
        visit = Visit(address, lands, response, Page(response.text) if readable else None)
        yield visit
        if visit.page:
            waiting += [visit.to(link) for link in visit.page.links]
