"""The backend keeps every promise that dicomize asks of one."""

from __future__ import annotations

from dicomize_inhouse import InhouseBackend

from dicomize.backends.base import Backend
from dicomize.testing import BackendContract
from dicomize.wrappers.tool import Tools


class TestInhouse(BackendContract):
    def make(self, tools: Tools) -> Backend:
        return InhouseBackend(tools)
