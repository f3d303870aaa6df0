"""The contract suite finds each broken promise."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.pixels.utils import pixel_array

import dicomize
from dicomize.testing.pictures import PICTURES, jpeg12

BROKEN = Path(__file__).with_name("broken_backends.py")


PROMISES = {
    "AnotherPicture": "the_picture_is_stored_exactly",
    "OtherCommands": "the_picture_is_stored_exactly",
    "LeavesThings": "it_writes_nowhere_else_and_says_nothing",
    "Talks": "it_writes_nowhere_else_and_says_nothing",
    "Wanders": "the_picture_is_stored_exactly",
    "UsesAShell": "a_name_is_a_name_and_no_option_or_command",
    "WritesElsewhere": "the_picture_is_stored_exactly",
    "ChangesItsSource": "the_picture_is_stored_exactly",
    "RefusesAll": "it_takes_something",
    "RefusesSilently": "a_refusal_is_one_sentence_and_the_same_each_time",
    "SwallowsFailures": "a_program_that_fails_is_a_failure",
    "NamesNothing": "it_says_which_programs_it_needs",
}
"""the backend, and the promise that it breaks"""


@pytest.fixture(scope="module")
def failed(require_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The tests that failed, as Class::test, of those that the broken backends must fail."""
    require_tool("gdcmimg")
    tests = [f"{BROKEN}::Test{broken}::test_{promise}" for broken, promise in PROMISES.items()]
    words = ["-q", "--tb=no", "-rf", "-p", "no:cacheprovider", "--import-mode=importlib", "-c", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--rootdir", str(BROKEN.parent), *tests],
        cwd=tmp_path_factory.mktemp("contract"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    found = set(re.findall(r"^FAILED \S*::(Test\w+::\w+)", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


@pytest.mark.parametrize("broken", PROMISES)
def test_a_broken_promise_is_found(broken: str, failed: set[str]) -> None:
    assert f"Test{broken}::test_{PROMISES[broken]}" in failed


def test_the_12_bit_picture_is_one(tmp_path: Path) -> None:
    """libjpeg sees blocks that are each 32 steps brighter than the one before."""
    source, result = tmp_path / "x.jpg", tmp_path / "x.dcm"
    source.write_bytes(jpeg12(48, 24))
    dicomize.convert(source, result, options=dicomize.Options(backend="pydicom"))
    array = pixel_array(result, decoding_plugin="pylibjpeg")
    # 256 steps of a DC coefficient are 32 of a sample (ITU-T T.81 A.3.3); 2048 is the level shift of 12 bits
    expected = np.kron(2048 + 32 * np.arange(1, 19).reshape(3, 6), np.ones((8, 8)))
    assert np.array_equal(array, expected)


@pytest.mark.parametrize("name", [name for name in PICTURES if "12-bit" not in name])
def test_the_other_pictures_are_seen_by_pillow(name: str) -> None:
    with Image.open(io.BytesIO(PICTURES[name].jpeg())) as image:
        image.load()
        assert image.size >= (1, 1)
