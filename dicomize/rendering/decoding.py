"""A program of its own: pydicom decodes one frame into a file.

Decoders are handed hostile bytes. One that never comes back, or that takes its process with it, must not take ours.
It is run with -P, by its path: it knows pydicom and nothing of dicomize.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path


def main(source: str, frame: str, plugin: str, destination: str) -> int:
    """Write the frame's bytes, and what they are now as JSON beside them; 1, with a reason on stderr, if it cannot."""
    from pydicom import dcmread  # noqa: PLC0415 - nothing of this is loaded where the module is only imported
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - as above

    warnings.simplefilter("ignore")  # it warns of what it can decode all the same
    try:
        dataset = dcmread(source)
        decoder = get_decoder(dataset.file_meta.TransferSyntaxUID)
        data, now = decoder.as_buffer(dataset, index=int(frame) - 1, raw=True, decoding_plugin=plugin)
    except Exception as error:  # noqa: BLE001 - what pydicom and its plugins raise depends on where the damage is
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        sys.stderr.write(f"E: {reason.encode('ascii', 'backslashreplace').decode()}\n")
        return 1
    Path(destination).write_bytes(data)
    Path(f"{destination}.json").write_text(json.dumps(now), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
