"""What a terminal sends: pastes are handed on as they are, in however many pieces they come."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key, Paste

from destui.tui.driver import PasteParser
from tests.torture.nasty import TEXTS

START, END = "\x1b[200~", "\x1b[201~"
TYPED = ("", "a", "xyz", "\x1b[A", "\r")


def events_of(sent: str, cuts: list[int]) -> list[object]:
    parser = PasteParser()
    found: list[object] = []
    places = sorted({min(cut, len(sent)) for cut in cuts} | {0, len(sent)})
    for start, end in pairwise(places):
        found += parser.feed(sent[start:end])
    return found


@given(TEXTS, st.sampled_from(TYPED), st.sampled_from(TYPED), st.lists(st.integers(0, 60), max_size=6))
def test_a_paste_is_one_event_with_all_its_text(text: str, before: str, after: str, cuts: list[int]) -> None:
    text = text.replace(END, "")
    found = events_of(before + START + text + END + after, cuts)
    pasted = [event.text for event in found if isinstance(event, Paste) and event.text]
    assert pasted == [text.replace("\0", "")] * bool(text.replace("\0", ""))
    keys = [event.key for event in found if isinstance(event, Key)]
    alone = [event.key for typed in (before, after) for event in events_of(typed, []) if isinstance(event, Key)]
    assert keys == alone
