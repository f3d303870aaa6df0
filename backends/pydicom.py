"""pydicom: the fallback that needs no toolkit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import pydicom
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID

from dicomize.backends import codecs
from dicomize.model import EncodedInstance, Plan, PreparedImage, ToolReport
from dicomize.pixeldata import pixel_vr, write_element
from dicomize.records import dataclass
from dicomize.wrappers.process import Command, argument
from dicomize.wrappers.tool import Tools

_SCRIPT: Final = Path(__file__).with_name("plain.py")


@dataclass(frozen=True, slots=True)
class PydicomBackend:
    """Builds the data set in this process."""

    programs: Tools
    name: str = "pydicom"

    def tools(self) -> tuple[ToolReport, ...]:
        return (ToolReport("pydicom", version=pydicom.__version__, found_by="this Python"),)

    def probe(self) -> tuple[ToolReport, ...]:
        return self.tools()

    def refusal(self, plan: Plan) -> str | None:
        return codecs.refusal(plan) if plan.compresses else None

    def commands(self, plan: Plan, image: Path, scratch: Path) -> tuple[Command, ...]:  # noqa: ARG002 - as above
        return ()

    def encode(self, plan: Plan, image: PreparedImage, scratch: Path) -> EncodedInstance:
        path = scratch / "pydicom.dcm"
        data, codec = codecs.compress(plan, image.data) if plan.compresses else (image.content, "")
        VR = pixel_vr(image.image.BitsAllocated, encapsulated=plan.encapsulated)
        with path.open("wb") as file:
            _header(plan, image).save_as(file, enforce_file_format=True)
            # pydicom would hold the whole picture in memory, several times over
            write_element(file, (data,), VR, encapsulated=plan.encapsulated)
        return EncodedInstance(path, self.name, codec=codec)

    def bare(self, source: Path, destination: Path) -> Command:
        # -P: this folder, whose pydicom.py is another one, must not come first
        return Command((sys.executable, "-P", str(_SCRIPT), argument(source), argument(destination)))


def _header(plan: Plan, image: PreparedImage) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(plan.TransferSyntaxUID)
    dataset.file_meta.ImplementationVersionName = f"PYDICOM {pydicom.__version__}"[:16]
    dataset.SOPClassUID = plan.SOPClassUID
    dataset.SOPInstanceUID = "2.25.1"  # a scratch file: the plan's own replaces it
    pixel = image.image
    dataset.SamplesPerPixel = pixel.SamplesPerPixel
    dataset.PhotometricInterpretation = pixel.PhotometricInterpretation
    if pixel.PlanarConfiguration is not None:
        dataset.PlanarConfiguration = pixel.PlanarConfiguration
    dataset.Rows, dataset.Columns = pixel.Rows, pixel.Columns
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = pixel.BitsAllocated, pixel.BitsStored, pixel.HighBit
    dataset.PixelRepresentation = pixel.PixelRepresentation
    return dataset
