"""What a CTF may have at most, and which files are none. Nothing here needs a database."""

import pytest

from consent.roll import ctf as ctf_files
from privacy_portal.ground.faults import BadInputError
from tests.ctf import CTF_PUPIL, ctf


def faults(path, **how):
    with pytest.raises(BadInputError) as error:
        list(ctf_files.pupils_in(path, "c.xml", **how))
    return "\n".join(error.value.sentences())


def test_a_wrapped_file_is_read_and_two_in_one_are_refused(write):
    inner = ctf().partition("?>")[2] if ctf().startswith("<?xml") else ctf()
    wrapped = f'<s:Envelope xmlns:s="urn:s"><s:Body>{inner}</s:Body></s:Envelope>'
    assert len(list(ctf_files.pupils_in(write(wrapped, "c.xml"), "c.xml"))) == 1
    assert "a second <Header>" in faults(write(f"<files>{inner}{inner}</files>", "c.xml"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (ctf(to="NNNN"), "not a school"),
        (ctf("<Pupil>" + "<a>" * 300 + "</a>" * 300 + "</Pupil>"), "more than 256 deep"),
        (ctf(f"<Pupil><Contacts>{'<Contact/>' * 101}</Contacts></Pupil>"), "101 contacts"),
        (ctf("<Pupil><Surname>M&uuml;ller</Surname></Pupil>"), "entity"),
        ('<?xml version="1.0" encoding="klingon"?><CTfile/>', "the encoding"),
        ('<?xml version="1.0"?><a/><?xml version="1.0"?><a/>', "a second “<?xml”"),
    ],
)
def test_what_is_too_much_or_no_ctf_says_so_in_plain_words(write, text, what):
    sentence = faults(write(text, "c.xml"))
    assert what in sentence
    assert "HUGE" not in sentence
    assert "line 0" not in sentence


def test_a_text_of_ten_megabytes_is_none_of_a_pupil(write):
    long = ctf(f"<Pupil><Surname>{'x' * 10_100_000}</Surname></Pupil>")
    sentence = faults(write(long, "c.xml"))
    assert "it contains a text longer than 10MB" in sentence
    assert "HUGE" not in sentence


def test_a_header_of_something_else_is_not_the_files(write):
    note = "<Note><Header><SourceSchool><LEA>888</LEA><Estab>4009</Estab></SourceSchool></Header></Note>"
    path = write(ctf().replace("<CTfile>", f"<CTfile>{note}"), "c.xml")
    ((header, _),) = ctf_files.pupils_in(path, "c.xml")
    assert header.laestab == "3594001"


def test_size_and_time_have_bounds(write, monkeypatch):
    assert "takes longer than 0 seconds" in faults(write(ctf(), "c.xml"), seconds=0)
    monkeypatch.setattr(ctf_files, "MOST_BYTES", 200)
    assert "more than 200 bytes" in faults(write(ctf(CTF_PUPIL * 3), "c.xml"))


def test_a_day_with_a_zone_is_a_day():
    assert ctf_files.without_zone("2012-05-31Z") == "2012-05-31"
    assert ctf_files.without_zone("2012-05-31+01:00") == "2012-05-31"
    assert ctf_files.without_zone("31-05-2012") == "31-05-2012"
