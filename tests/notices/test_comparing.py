"""What changed between two versions: every word of both is accounted for."""

from hypothesis import given, strategies as st

from notices.comparing import Change, compare, words_of


def document(sections=(), recipients=(), young=""):
    return {"sections": list(sections), "recipients": list(recipients), "young_summary": young}


def section(element, body, heading="Heading", scheme=""):
    return {"element": element, "heading": heading, "scheme": scheme, "body": body}


def line(code, purposes, items, duty=""):
    def label(each):
        return {"code": each, "label": each.title()}

    return {
        "code": code,
        "name": code,
        "website": "",
        "legal_duty": duty,
        "purposes": [label(purpose) for purpose in purposes],
        "items": [label(item) for item in items],
    }


def texts(runs, change):
    return [run.text for run in runs if run.change is change]


def test_words_added_and_removed_are_told_apart():
    found = compare(
        document([section("rights", "You can ask for a copy.")]),
        document([section("rights", "You can always ask for a free copy.")]),
    )
    (paragraph,) = found.sections[0].paragraphs
    assert texts(paragraph, Change.ADDED) == ["always", "free"]
    assert found.changed


def test_a_section_that_only_moved_is_told_as_moved():
    a, b, c = (section(each, f"About {each}.") for each in ("dpo", "rights", "source"))
    found = compare(document([a, b, c]), document([b, c, a]))
    assert [each.moved for each in found.sections] == [False, False, True]
    assert not found.changed


def test_a_links_new_address_is_seen_and_list_items_stay_apart():
    assert words_of("- [a](https://x.example/)\n- b") == [
        "•", "a", "(https://x.example/)", "\n", "•", "b",
    ]  # fmt: skip


def test_words_of_a_block_of_code_are_words_too():
    assert words_of("Before\n\n```\nfirst row\n```\n\n    second row\n") == [
        "Before", "\n", "first", "row", "\n", "second", "row",
    ]  # fmt: skip


def test_a_label_in_other_words_is_removed_and_added_in_its_place():
    earlier, later = line("pct", ["a", "b"], []), line("pct", ["a", "b"], [])
    later["purposes"][0]["label"] = "Another"
    (compared,) = compare(document(recipients=[earlier]), document(recipients=[later])).lines
    assert compared.change is Change.CHANGED
    assert [(run.change, run.text) for run in compared.purposes] == [
        (Change.REMOVED, "A"), (Change.ADDED, "Another"), (Change.SAME, "B"),
    ]  # fmt: skip


def test_lines_of_the_table_are_compared_by_recipient_and_purpose():
    found = compare(
        document(recipients=[line("pct", ["a"], ["x"]), line("pct", ["b"], ["x", "y"])]),
        document(recipients=[line("pct", ["b"], ["y", "z"]), line("fft", ["c"], ["x"])]),
    )
    kept, new, gone = found.lines
    assert (kept.change, new.change, gone.change) == (
        Change.CHANGED,
        Change.ADDED,
        Change.REMOVED,
    )
    assert (texts(kept.items, Change.ADDED), texts(kept.items, Change.REMOVED)) == (["Z"], ["X"])


sections = st.lists(
    st.builds(
        section,
        st.sampled_from(["dpo", "rights", "other"]),
        st.text("ab \n", max_size=20),
        heading=st.sampled_from(["A", "B b"]),
    ),
    max_size=5,
)


@given(sections, sections)
def test_every_word_of_both_versions_is_shown_once(earlier, later):
    found = compare(document(earlier), document(later))
    for given_, own, other in (
        (earlier, Change.REMOVED, Change.ADDED),
        (later, Change.ADDED, Change.REMOVED),
    ):
        shown = sorted(
            word
            for each in found.sections
            for paragraph in each.paragraphs
            for run in paragraph
            if run.change is not other
            for word in run.text.split()
        )
        assert shown == sorted(
            word for each in given_ for word in words_of(each["body"]) if word != "\n"
        )
        assert own is not other
    assert found.changed == any(each.change is not Change.SAME for each in found.sections)


@given(sections)
def test_a_version_does_not_differ_from_itself(same):
    found = compare(document(same), document(same))
    assert not found.changed
    assert not any(each.moved for each in found.sections)
