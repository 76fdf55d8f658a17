"""A null character in an address, a cookie or a form is refused in the portal's own words."""

from tests.addresses import GUARDS, PUBLIC, address

PATHS = (
    "/notices/%00/", "/opt-out/confirm/%00/", "/staff/opt-outs/%00/", "/staff/opt-outs/work/%00.csv",
    "/staff/letters/%00/connexions/", "/staff/schools/%00/connexions/on-roll/",
)  # fmt: skip


def test_no_page_takes_a_null_character(db, client, officer):
    client.force_login(officer)
    for name in sorted(PUBLIC | set(GUARDS)):
        page = client.get(f"{address(name)}?q=%00")
        assert page.status_code == 400, name
        sent = client.post(address(name), {"name": "Ben\0Barlow"})
        assert sent.status_code == 400, name
    for path in PATHS:
        assert client.get(path).status_code == 400, path
    assert "There is a problem with" in page.text
    assert client.get("/opt-out/form/connexions.pdf?school%00=1").status_code == 400


def test_no_cookie_has_a_null_character(db, client):
    client.cookies["sessionid"] = "a\0aaaaaaaaaa"
    assert client.get("/staff/").status_code == 400
