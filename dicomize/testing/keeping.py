"""What one encoding must keep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dicomize.backends.base import Backend
from dicomize.model import EncodedInstance
from dicomize.pixeldata import holds_exactly, read_instance
from dicomize.testing.pictures import Case


def keeps_its_word(backend: Backend, case: Case, scratch: Path) -> EncodedInstance:
    """Encode, and hold the result against everything that a backend promises of it."""
    plan, image = case
    announced = backend.commands(plan, image.path, scratch)
    with undisturbed():
        encoded = backend.encode(plan, image, scratch)
    assert encoded.backend == backend.name
    assert encoded.path.is_relative_to(scratch), "the result lies outside the scratch folder"
    assert [i.argv for i in encoded.invocations] == [c.argv for c in announced], "commands() is not what encode() runs"
    assert all(i.returncode == 0 for i in encoded.invocations)
    assert image.path.read_bytes() == image.data, "the prepared picture was changed"
    stored = read_instance(encoded.path)
    assert stored.pixels is not None, "there is no PixelData"
    assert not stored.pixels.problems, stored.pixels.problems
    assert stored.pixels.encapsulated == plan.encapsulated
    assert holds_exactly(encoded.path, stored.pixels, image.data), "PixelData holds another picture"
    return encoded


@contextmanager
def undisturbed() -> Iterator[None]:
    """The process is afterwards as it was before: its folder and its variables."""
    before = (Path.cwd(), dict(os.environ))
    yield
    assert (Path.cwd(), dict(os.environ)) == before, "the current folder or a variable was changed"
