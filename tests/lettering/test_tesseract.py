"""What tesseract prints, and which of it is text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomize.lettering.tesseract import texts
from dicomize.wrappers import tesseract
from dicomize.wrappers.tesseract import Word, parse

HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
PAGE = "1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t\n"


def row(word: Word) -> str:
    return "5\t1\t1\t1\t1\t1\t" + "\t".join(map(str, word)) + "\n"


NUMBERS = st.integers(0, 99999)
WORDS = st.builds(
    Word, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.floats(0, 100, allow_nan=False),
    st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"])),
)  # fmt: skip


@given(st.lists(WORDS))
def test_every_word_of_a_table(words: list[Word]) -> None:
    assert parse(HEAD + PAGE + "".join(map(row, words))) == tuple(words)


@given(st.text())
def test_whatever_it_prints(text: str) -> None:
    for printed in (text, HEAD + text, HEAD + "5\t" + text):
        try:
            parse(printed)
        except ValueError:
            continue


def test_a_quote_is_a_character() -> None:
    (word,) = parse(HEAD + row(Word(1, 2, 3, 4, 96.5, 'DOE"JANE')))
    assert word.text == 'DOE"JANE'


def test_what_is_no_table() -> None:
    with pytest.raises(ValueError, match="names of its columns"):
        parse("Can't open --psm\n")
    with pytest.raises(ValueError, match="has 3 fields"):
        parse(HEAD + "5\t1\t1\n")


def test_a_name_in_a_row_with_a_word_is_text() -> None:
    sure = Word(10, 10, 80, 20, 95.0, "PATIENT")
    name = Word(100, 11, 80, 19, 0.0, "DOE“")
    below = Word(10, 60, 80, 20, 30.0, "noise")
    small = Word(200, 14, 20, 5, 30.0, "ab")
    assert texts([sure, name, below, small]) == (sure, name)


@pytest.mark.parametrize("text", ["ab", "___a__b", "lll", "||||", ""])
def test_what_is_no_word(text: str) -> None:
    assert texts([Word(0, 0, 9, 9, 99.0, text)]) == ()


def test_the_command() -> None:
    made = tesseract.command(Path("/opt/bin/tesseract"), Path("/s/shown.pgm"), Path("/s/words.tsv"))
    assert made.argv == (
        "/opt/bin/tesseract", "/s/shown.pgm", "/s/words", "-l", "eng", "--dpi", "150", "--psm", "11", "tsv",
    )  # fmt: skip
    assert made.env == (("OMP_THREAD_LIMIT", "1"),)
    assert made.produces == Path("/s/words.tsv")
    with pytest.raises(ValueError, match=r"\.pgm"):
        tesseract.command(Path("/opt/bin/tesseract"), Path("/s/list.txt"), Path("/s/words.tsv"))
