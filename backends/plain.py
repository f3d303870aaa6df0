"""A picture into DICOM with pydicom and nothing else, as a plain script does it: what `dicomize compare` sets against us.

pydicom writes what its user says. This script says what can be known without looking into the file: the size and, of a
JPEG, that it is YCbCr, as most are. It is run by its path and imports nothing of dicomize.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, SecondaryCaptureImageStorage, generate_uid

_ENCODED = {"L": "MONOCHROME2", "RGB": "YBR_FULL_422"}
"""mode of a JPEG in Pillow -> PhotometricInterpretation"""


def write(source: Path, destination: Path) -> None:
    """A JPEG as it is, anything else decoded.

    Raises:
        OSError: it cannot be read, or not written.
        ValueError: it has no form in DICOM.
    """
    with Image.open(source) as picture:
        encoded = picture.format in {"JPEG", "MPO"}
        dataset = _image(picture, encoded=encoded)
    if encoded:
        dataset.PixelData = encapsulate([source.read_bytes()])
        dataset["PixelData"].VR = "OB"
    dataset.save_as(destination, enforce_file_format=True)


def _image(picture: Image.Image, *, encoded: bool) -> Dataset:
    if not encoded and picture.mode not in {"L", "RGB"}:
        picture = picture.convert("RGB")
    if picture.mode not in _ENCODED:
        raise ValueError(f"DICOM has no label for a JPEG of mode {picture.mode}")
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if encoded else ExplicitVRLittleEndian
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID = generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    dataset.SamplesPerPixel = len(picture.getbands())
    dataset.PhotometricInterpretation = _ENCODED[picture.mode]
    if dataset.SamplesPerPixel > 1:
        dataset.PlanarConfiguration = 0
    dataset.Columns, dataset.Rows = picture.size
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
    dataset.PixelRepresentation = 0
    if not encoded:
        dataset.PhotometricInterpretation = "RGB" if dataset.SamplesPerPixel > 1 else "MONOCHROME2"
        dataset.PixelData = picture.tobytes()
        dataset["PixelData"].VR = "OB"
    return dataset


if __name__ == "__main__":
    try:
        write(Path(sys.argv[1]), Path(sys.argv[2]))
    except (OSError, ValueError) as error:
        sys.exit(f"Error: {error}")
