"""Whatever the words are, they are taken apart or refused in one sentence."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from dicomize.cli.legacy import gdcmimg, img2dcm, jpg2dcm
from dicomize.cli.legacy.arguments import Parsed, read_commons, read_dcmtk, read_getopt
from dicomize.cli.legacy.run import TOOLS
from dicomize.errors import MetadataError, UsageError

TABLES = (img2dcm.OPTIONS, gdcmimg.OPTIONS, jpg2dcm.OPTIONS)
NAMES = [name for table in TABLES for option in table for name in option.names]
WORDS = st.lists(st.sampled_from(NAMES) | st.text(alphabet="-+=ab1@ ", max_size=6), max_size=8)


def said(parsed: Parsed) -> int:
    """Words that were said: an option once, and each of its values."""
    return len(parsed.parameters) + sum(1 + len(given.values) for given in parsed.given)


@settings(deadline=None)
@given(words=WORDS)
def test_no_word_is_lost(words: list[str]) -> None:
    for table in TABLES:
        with suppress(UsageError):
            parsed = read_dcmtk(words, table)
            assert said(parsed) == len(parsed.words)
        with suppress(UsageError):
            parsed = read_commons(words, table)
            assert said(parsed) == len(words) - ("--" in words)
        with suppress(UsageError):
            # letters run together, and values with =, make one word of several
            assert said(read_getopt(words, table)) >= len(words) - 1


@settings(deadline=None)
@given(words=WORDS)
def test_all_words_come_to_a_call_or_a_sentence(words: list[str]) -> None:
    for tool in TOOLS.values():
        with suppress(UsageError, MetadataError):
            tool.call(tool.read(words, tool.all_options))
