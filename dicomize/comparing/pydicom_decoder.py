"""Decodes the pixels of one file with a plugin of pydicom; run by its path it is a program of its own, since a decoder
that crashes on a hostile stream must not take the comparison with it. It imports nothing of dicomize.

pydicom_decoder.py PLUGIN FILE SAMPLES
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.pixels.decoders.base import get_decoder


def decode(plugin: str, source: Path) -> tuple[bytes, dict[str, Any]]:
    """Samples, interleaved, and what pydicom says of them.

    Raises:
        ValueError: whatever the plugin does not like.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = dcmread(source)
            decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
            samples, properties = decoder.as_buffer(dataset, decoding_plugin=plugin)
    except Exception as error:  # noqa: BLE001 - plugins raise what they like
        text = " ".join(str(error).split())
        raise ValueError(f"{type(error).__name__}: {text}") from None
    return bytes(samples), dict(properties)


def main(plugin: str, source: str, destination: str) -> None:
    """Write the samples to a file, and print the properties as JSON."""
    samples, properties = decode(plugin, Path(source))
    Path(destination).write_bytes(samples)
    sys.stdout.write(json.dumps(properties))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError) as error:
        sys.exit(f"Error: {error}")
