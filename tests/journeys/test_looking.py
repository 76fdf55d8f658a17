"""What is wrong with a page is seen in the mirror too."""

import pytest

from tests.journeys.visitors import NARROW, build_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('<input type="text" name="unnamed">', "label"),
        (f'<div style="width: {NARROW + 100}px">wide</div>', f"too wide for {NARROW} px"),
        ('<p style="color: #bbb">pale</p>', "color-contrast"),
        ("<script>throw new Error('broken')</script>", "broken"),
    ],
)
def test_a_fault_is_told(portal, mirror, browser, fault, told):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal.address}/opt-out/")
    html = page.content()
    context.close()
    mirror.shows(page.url, html)
    with pytest.raises(AssertionError, match=told):
        mirror.shows(page.url, html.replace("</main>", f"{fault}</main>"))
    mirror.problems.clear()


FORM = (
    '<form action="/a"><label for="name">Name</label><input id="name" name="name" value="Ann">'
    '<a href="#name">Name</a><a href="/b">More</a></form>'
)


@pytest.mark.parametrize(
    "other",
    [
        FORM.replace("Name", "Born").replace("Ann", "2010"),
        FORM.replace('"name"', '"born"').replace("#name", "#born"),
        FORM.replace('"/a"', '"/pupils/17"').replace('"/b"', '"/staff/"'),
    ],
)
def test_words_names_and_addresses_make_no_other_page(other):
    assert other != FORM
    assert build_of(other) == build_of(FORM)


@pytest.mark.parametrize(
    "other",
    [
        FORM.replace("Name</label>", "</label>"),
        FORM.replace('for="name"', 'for="born"'),
        FORM.replace("#name", "#born"),
        FORM.replace('href="/b"', 'href=""'),
        FORM.replace("<input", '<input type="hidden"'),
    ],
)
def test_whether_there_are_any_and_which_belong_together_does(other):
    assert build_of(other) != build_of(FORM)


def test_two_rows_alike_say_as_much_as_twenty():
    row = "<tr><td>Alder</td><td>3</td></tr>"
    assert build_of(f"<table>{row * 20}</table>") == build_of(f"<table>{row * 2}</table>")
    assert build_of(f"<table>{row * 2}</table>") != build_of(f"<table>{row}</table>")


def test_how_a_page_may_be_zoomed_and_loads_itself_again_does_too():
    pages = {build_of(f'<meta name="viewport" content="{how}">') for how in ("width=1", "zoom=no")}
    assert len(pages) == 2
