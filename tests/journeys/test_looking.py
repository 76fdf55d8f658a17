"""What is wrong with a page is seen in the mirror too."""

import pytest

from tests.journeys.visitors import NARROW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ('<input type="text" name="unnamed">', "label"),
        (f'<div style="width: {NARROW + 100}px">wide</div>', f"too wide for {NARROW} px"),
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
