"""A program of its own: pydicom decodes frames of one file into another.

Decoders are handed hostile bytes. One that never comes back, or that takes its process with it, must not take ours.
It is run with -P, by its path (apart.py does): it knows pydicom and nothing of dicomize.

decoding.py JOB    JOB is the name of a file that holds JSON, see apart.Job. The frames go into the file that it names,
one behind the other, and what pydicom says of each into a file of that name and .json.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def frames(job: dict[str, Any]) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """The frames of a job, each with what it is now; raises whatever pydicom and its plugins raise."""
    from pydicom import config, dcmread  # noqa: PLC0415 - nothing of this is loaded where the module is only imported
    from pydicom.pixels.decoders.base import get_decoder  # noqa: PLC0415 - as above
    from pydicom.uid import UID  # noqa: PLC0415 - as above

    with _source(job, dcmread) as (source, options):
        decoder = get_decoder(UID(job["syntax"], validation_mode=config.IGNORE))
        wanted = range(job["first"], job["first"] + job["number"]) if job["number"] else None
        for frame, now in decoder.iter_buffer(
            source, indices=wanted, raw=job["raw"], decoding_plugin=job["plugin"], **options
        ):
            yield bytes(frame), now


@contextmanager
def _source(job: dict[str, Any], dcmread: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """What a decoder reads: the data set, or the file from where its pixels begin, with what the caller says of them."""
    if job["options"] is None:
        yield dcmread(job["file"]), {}
        return
    with Path(job["file"]).open("rb") as file:
        file.seek(job["offset"])
        yield file, job["options"]


def main(name: str) -> int:
    """Decode; 1, with a reason on stderr, if it cannot."""
    warnings.simplefilter("ignore")  # pydicom warns of what it can decode all the same
    job: dict[str, Any] = json.loads(Path(name).read_text("utf-8"))
    said = []
    try:
        with Path(job["samples"]).open("wb") as samples:
            for frame, now in frames(job):
                samples.write(frame)
                said.append({**now, "length": len(frame)})
    except Exception as error:  # noqa: BLE001 - what pydicom and its plugins raise depends on where the damage is
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        sys.stderr.write(f"E: {reason.encode('ascii', 'backslashreplace').decode()}\n")
        return 1
    Path(f"{job['samples']}.json").write_text(json.dumps(said), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
