"""All checks of one file."""

from __future__ import annotations

import stat
from pathlib import Path

from pydicom import config
from pydicom.uid import UID

from dicomize.checks.stream import check_stream
from dicomize.errors import SourceDamaged, SourceUnreadable, SourceUnsupported
from dicomize.model import CheckReport, Finding
from dicomize.pixeldata import NoDicomFile, PixelDataError, StoredInstance, read_instance, value_of
from dicomize.version import __version__
from dicomize.wrappers import dciodvfy
from dicomize.wrappers.tool import Tools


def check_file(path: Path, tools: Tools, *, require_dciodvfy: bool = False) -> CheckReport:
    """Our checks, and the real dciodvfy beside them where it is installed.

    Raises:
        SourceUnreadable: the file cannot be read.
        SourceUnsupported: it is no DICOM file.
        SourceDamaged: it is one that cannot be read.
        ToolMissing: dciodvfy is required, or named by the site profile or the environment, and not there.
        ToolFailed: dciodvfy crashed on it.
    """
    stored = _read(path)
    iod, findings, validators = _theirs(path, tools, required=require_dciodvfy)
    ours = tuple(check_stream(stored))
    return CheckReport(path, iod or _iod(stored), (*ours, *findings), (f"dicomize {__version__}", *validators))


def _read(path: Path) -> StoredInstance:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a FIFO would wait for a writer
            raise SourceUnreadable(f"{path} is no regular file", "name a DICOM file")
        return read_instance(path)
    except FileNotFoundError:
        raise SourceUnreadable(f"{path} does not exist", "check the name") from None
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror or error}") from None
    except NoDicomFile as error:
        raise SourceUnsupported(f"{path} {error}") from None
    except PixelDataError as error:
        raise SourceDamaged(f"{path} {error}") from None


def _theirs(path: Path, tools: Tools, *, required: bool) -> tuple[str, tuple[Finding, ...], tuple[str, ...]]:
    report = tools.find(dciodvfy.TOOL)
    # a path to it may be wrong, but is somebody's word: no instance passes unseen because of a typing error
    if not required and report.unavailable_because and report.path is None:
        return "", (), ()
    iod, findings, _ = dciodvfy.validate(path, tools.require(dciodvfy.TOOL), tools.timeout)
    return iod, findings, ("dciodvfy",)


def _iod(stored: StoredInstance) -> str:
    return str(UID(str(value_of(stored.dataset, "SOPClassUID") or ""), validation_mode=config.IGNORE).name)
