"""Everything that can be found out about one DICOM file: labels, findings, leaks, what decoders make of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from dicomize.checks.run import Judgement, SecondOpinion, check_file
from dicomize.comparing.decoders import Decoder, View, digests
from dicomize.comparing.leaks import leaks_of
from dicomize.comparing.model import StoredFile
from dicomize.errors import DicomizeError, SourceUnsupported, ToolFailed
from dicomize.model import CheckReport
from dicomize.pixeldata import PixelDataError, StoredInstance, read_instance, value_of
from dicomize.publish import sha256_of
from dicomize.wrappers.tool import Tools


class Examined(NamedTuple):
    """A file, and its data set without pixels; None: it cannot be read."""

    file: StoredFile
    instance: StoredInstance | None


@dataclass(frozen=True, slots=True)
class Examiner:
    """Who looks, and where there is room to decode; what was seen once is not decoded again."""

    tools: Tools
    decoders: tuple[Decoder, ...]
    scratch: Path
    seen: dict[str, StoredFile] = field(default_factory=dict)
    """files by their SHA-256"""

    def examine(self, path: Path, view: View) -> Examined:
        """Look at a file. What cannot be read, checked or decoded becomes a sentence in its problems."""
        sha256 = sha256_of(path)
        problems: list[str] = []
        instance = _read(path, problems)
        known = self.seen.get(sha256)
        if known is None:
            known = self._file(path, instance, view, problems)
            self.seen[sha256] = known
        return Examined(replace(known, path=path), instance)

    def _file(self, path: Path, instance: StoredInstance | None, view: View, problems: list[str]) -> StoredFile:
        report = self._report(path, problems)
        file = StoredFile(sha256_of(path), path.stat().st_size, "", "", report, (), (), tuple(problems))
        if instance is None:
            return file
        return replace(
            file,
            TransferSyntaxUID=str(value_of(instance.dataset.file_meta, "TransferSyntaxUID") or ""),
            PhotometricInterpretation=str(value_of(instance.dataset, "PhotometricInterpretation") or ""),
            leaks=leaks_of(instance),
            digests=digests(instance, self.decoders, view, self.scratch),
        )

    def _report(self, path: Path, problems: list[str]) -> CheckReport | None:
        try:
            return check_file(path, self.tools)
        except SourceUnsupported:
            return None  # what it is instead has been said
        except (ToolFailed, OSError) as error:
            problems.append(error.message if isinstance(error, DicomizeError) else str(error))
        return check_file(path, self.tools, Judgement(opinion=SecondOpinion.NO))


def _read(path: Path, problems: list[str]) -> StoredInstance | None:
    try:
        return read_instance(path)
    except PixelDataError as error:
        problems.append(f"the file {error}")
    except OSError as error:
        problems.append(f"the file cannot be read: {error.strerror or error}")
    return None
