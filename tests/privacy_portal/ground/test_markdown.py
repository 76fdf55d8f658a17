"""Text that people write in Markdown: whatever is in it, only the allowed tags come out."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, strategies as st

from privacy_portal.ground.ui.markdown import SCHEMES, TAGS, as_html

ATTACKS = [
    "<script>alert(1)</script>", "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>", "<body onload=alert(1)>",
    "<style>body{display:none}</style>", "<p style='position:fixed'>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css>", "<meta http-equiv=refresh content=0>",
    "<base href=//evil.example/>", "<form action=//evil.example><input name=a></form>",
    "<object data=x></object><embed src=x>", "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<details open ontoggle=alert(1)>x</details>", "<a href=javascript:alert(1)>x</a>",
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))", "[x](vbscript:msgbox(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)", "<javascript:alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example/pixel.png)", "![x](javascript:alert(1))", "![x][y]\n\n[y]: data:image/png;base64,AA",
    "[x](https://good.example \"onmouseover=alert(1)\")", "[x](https://a.example\"onclick=alert(1))",
    "[<img src=x onerror=alert(1)>](https://a.example)", "`<script>alert(1)</script>`",
    "```\n<script>alert(1)</script>\n```", "    <script>alert(1)</script>", "<!--<script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>", "<?xml-stylesheet href=x?>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<a\x00href=javascript:alert(1)>x</a>", "\u202e<script>alert(1)</script>", "# <b onclick=alert(1)>x</b>",
    "<table background=javascript:alert(1)><tr><td>x</table>", "<div id=main-content class=govuk-error>x</div>",
]  # fmt: skip


class Seen(HTMLParser):
    """Collects each tag and attribute that a browser would see."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_comment(self, data):
        self.found.append(("comment", {}))

    def handle_pi(self, data):
        self.found.append(("pi", {}))

    def handle_decl(self, decl):
        self.found.append(("decl", {}))


def assert_harmless(text):
    for tag, attributes in Seen(str(as_html(text))).found:
        assert tag in TAGS, (text, tag)
        allowed = {"class"} | ({"href", "rel"} if tag == "a" else set())
        assert set(attributes) <= allowed, (text, attributes)
        assert attributes.get("class", "govuk-").startswith("govuk-"), text
        scheme = attributes.get("href", "https:").split(":")[0]
        assert scheme in SCHEMES or ":" not in attributes["href"], text


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_renders_harmless(text):
    assert_harmless(text)


pieces = st.sampled_from(
    [*ATTACKS, "[", "](", ")", "<", ">", '"', "'", "javascript:", "\n", "- ", "*"]
)


@given(st.lists(pieces | st.text(max_size=5), max_size=5))
def test_no_mixture_of_attacks_does_harm(parts):
    assert_harmless("".join(parts))
