"""On which letter of UK GDPR Article 6(1) the text of an agreement rests."""

import pytest

from sharing.basis_rules import BASES, PUBLIC_TASK, bases_in, basis_in


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("UK GDPR Article 6(1)(e), public task", "6(1)(e)"),
        ("Art. 6 (1) (c) legal obligation", "6(1)(c)"),
        ("CONSENT of the parents", "6(1)(a)"),
        ("Legitimate interests", "6(1)(f)"),
        ("Vital interests of the child", "6(1)(d)"),
        ("Performance of a contract", "6(1)(b)"),
        # More than one: the public task if it is among them, else nobody knows which.
        ("6(1)(c) and 6(1)(e)", "6(1)(e)"),
        ("Legal obligation and public task", "6(1)(e)"),
        ("6(1)(c), our public task", "6(1)(e)"),
        ("6(1)(a) and 6(1)(c)", ""),
        ("Consent or legal obligation", ""),
        # A code says more than words.
        ("6(1)(c): no consent is needed", "6(1)(c)"),
        ("6(1)(e): no consent is needed", "6(1)(e)"),
        ("Article 6.1(e)", "6(1)(e)"),
        ("Article 6(1)e", "6(1)(e)"),
        ("Art. 6.1.c", "6(1)(c)"),
        ("Article 6(1) a legal obligation", "6(1)(c)"),
        # Of another Act.
        ("Children Act 2004 s.16(1)(a)", ""),
        ("section 2.6(1)(b)", ""),
        ("As agreed", ""),
        ("", ""),
    ],
)
def test_the_code_is_read_from_the_text(written, code):
    assert basis_in(written) == code


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("6(1)(a) and 6(1)(c)", ["6(1)(a)", "6(1)(c)"]),
        ("Consent or legal obligation", ["6(1)(a)", "6(1)(c)"]),
        ("6(1)(f), 6(1)(e), 6(1)(d), 6(1)(c), 6(1)(b), 6(1)(a)", list(BASES)),
        ("because we always did", []),
        ("Article 9(2)(g)", []),
        ("", []),
    ],
)
def test_a_text_that_names_several_parts_is_about_article_6_and_nonsense_is_not(written, codes):
    assert bases_in(written) == codes


@pytest.mark.parametrize("code", BASES)
def test_each_code_and_its_name_mean_it(code):
    name, _ = BASES[code]
    assert basis_in(f"UK GDPR Article {code}") == code
    assert basis_in(name) == code or name == "Contract"
    assert PUBLIC_TASK in BASES
