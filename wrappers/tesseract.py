"""Tesseract: words in a picture, with their boxes and how sure it is of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import TESSERACT

TOOL: Final = TESSERACT
_COLUMNS: Final = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
_WORD: Final = "5"


class Word(NamedTuple):
    """A word: its box in pixels, how sure tesseract is of it, of 100, and what it says."""

    left: int
    top: int
    width: int
    height: int
    confidence: float
    text: str


def command(program: Path, picture: Path, words: Path) -> Command:
    """Find scattered words (page segmentation mode 11) in a picture, and write them into `words`, a name with .tsv.

    The picture must be one: a file that is none is read as a list of names of pictures. Options behind `tsv` are taken for
    names of configurations, with exit code 0. More threads than one make it slower.

    Raises:
        ValueError: the names are not .pgm and .tsv.
    """
    if picture.suffix != ".pgm" or words.suffix != ".tsv":
        raise ValueError(f"tesseract is given a .pgm and writes a .tsv: {picture}, {words}")
    options = ("-l", "eng", "--dpi", "150", "--psm", "11", "tsv")
    return Command(
        (argument(program), argument(picture), argument(words.with_suffix("")), *options),
        env=(("OMP_THREAD_LIMIT", "1"),),
        produces=words,
    )


def parse(text: str) -> tuple[Word, ...]:
    """The words of a table as tesseract writes it; quotes mean nothing in it.

    Raises:
        ValueError: it is no such table.
    """
    head, *rows = text.split("\n")
    if head.rstrip("\r") != _COLUMNS:
        raise ValueError("it does not begin with the names of its columns")
    words = []
    for row in rows:
        fields = row.rstrip("\r").split("\t")
        if fields[0] == _WORD:
            if len(fields) != 12:
                raise ValueError(f"a row has {len(fields)} fields, not 12")
            left, top, width, height = map(int, fields[6:10])
            words.append(Word(left, top, width, height, float(fields[10]), fields[11]))
    return tuple(words)
