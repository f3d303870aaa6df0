"""The transfer syntaxes that can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.uid import UID

from dicomize.errors import MetadataError, UsageError
from dicomize.model import ConversionRequest, SiteProfile
from dicomize.planning.form import WRITTEN
from dicomize.planning.syntaxes import SYNTAXES, transfer_syntax_of

KEYWORDS = {
    "explicit": "ExplicitVRLittleEndian",
    "implicit": "ImplicitVRLittleEndian",
    "deflated": "DeflatedExplicitVRLittleEndian",
    "rle": "RLELossless",
    "jpeg-lossless": "JPEGLosslessSV1",
    "jpeg-ls": "JPEGLSLossless",
    "jpeg2000-lossless": "JPEG2000Lossless",
    "htj2k-lossless": "HTJ2KLossless",
    "jpeg-baseline": "JPEGBaseline8Bit",
    "jpeg-extended": "JPEGExtended12Bit",
    "jpeg-ls-near": "JPEGLSNearLossless",
    "jpeg2000": "JPEG2000",
}
"""names here -> those of PS3.6 A, as pydicom has them"""


def request(name: str = "", site: str = "") -> ConversionRequest:
    return ConversionRequest(Path("a"), Path("b"), transfer_syntax=name, site=SiteProfile(transfer_syntax=site))


def test_names_are_those_of_the_standard() -> None:
    assert {s.name: UID(s.UID).keyword for s in SYNTAXES} == KEYWORDS
    assert {s.UID for s in SYNTAXES} <= WRITTEN


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda s: s.name)
def test_by_name_and_by_uid_from_option_and_profile(syntax: object) -> None:
    name, uid = syntax[:2]  # type: ignore[index] # it is a NamedTuple
    for word in (name, uid):
        assert transfer_syntax_of(request(word)) is syntax
        assert transfer_syntax_of(request(site=word)) is syntax
        assert transfer_syntax_of(request("as-is", word)) is None


def test_nothing_is_as_is() -> None:
    assert transfer_syntax_of(request()) is None


def test_others_are_refused_with_the_choices() -> None:
    with pytest.raises(UsageError, match="--transfer-syntax 'jpeg-xl'") as option:
        transfer_syntax_of(request("jpeg-xl"))
    assert "as-is, explicit, implicit, deflated" in option.value.remedy
    with pytest.raises(MetadataError, match=r"transfer_syntax '1\.2' of the site profile"):
        transfer_syntax_of(request(site="1.2"))
