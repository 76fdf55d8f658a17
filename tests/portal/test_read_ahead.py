"""Reading ahead changes who makes an item and when, never which."""

import threading

import pytest

from privacy_portal.read_ahead import read_ahead


def test_the_same_items_in_the_same_order_even_empty_ones():
    assert list(read_ahead([0, None, "", 3])) == [0, None, "", 3]
    assert list(read_ahead([])) == []


def test_the_next_item_is_made_by_another_thread_meanwhile():
    made = threading.Event()

    def items():
        yield threading.current_thread()
        made.set()
        yield None

    for number, item in enumerate(read_ahead(items())):
        if number == 0:
            assert item is not threading.current_thread()
            assert made.wait(10)


def test_what_making_an_item_raises_comes_after_the_items_before():
    def items():
        yield 1
        raise ValueError("broken")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)
