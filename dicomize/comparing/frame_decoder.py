"""Decodes some frames of one file with a plugin of pydicom, as a program of its own: decoders are handed hostile bytes,
and one that crashes or never comes back must not take the comparison with it. It imports nothing of dicomize.

frame_decoder.py FILE SAMPLES JOB    JOB is JSON: syntax, plugin, offset of the offset table's item, first, count, options
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

from pydicom import config
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID


def main(source: str, destination: str, text: str) -> None:
    """Write the frames one behind the other, and print what pydicom says of each as JSON."""
    job: dict[str, Any] = json.loads(text)
    decoder = get_decoder(UID(job["syntax"], validation_mode=config.IGNORE))
    said = []
    with Path(source).open("rb") as file, Path(destination).open("wb") as samples:
        file.seek(job["offset"])
        wanted = range(job["first"], job["first"] + job["count"])
        for frame, properties in decoder.iter_buffer(
            file, indices=wanted, decoding_plugin=job["plugin"], **job["options"]
        ):
            samples.write(frame)
            said.append({**properties, "length": len(frame)})
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # pydicom warns of what it can decode all the same
    try:
        main(*sys.argv[1:])
    except Exception as error:  # noqa: BLE001 - plugins raise what they like
        sys.exit(f"Error: {' '.join(str(error).split()) or type(error).__name__}")
