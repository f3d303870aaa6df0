"""The promises of a backend as tests, for whoever writes one (docs/backends.md). Needs pytest: dicomize[testing].

    from dicomize.testing import BackendContract

    class TestMine(BackendContract):
        def make(self, tools):
            return MyBackend(tools)

contract.py   the tests
pictures.py   the pictures that they are run over
programs.py   programs that fail in every way that programs do
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("dicomize.testing.contract", "dicomize.testing.keeping")

from dicomize.testing.contract import BackendContract  # noqa: E402 - pytest must know of the modules before they are loaded
from dicomize.testing.keeping import keeps_its_word  # noqa: E402

__all__ = ["BackendContract", "keeps_its_word"]
