"""What libtiff, deep inside Pillow, has to say: it writes straight to stderr, and Pillow does not hear it.

Of damaged fax data (CCITT) nothing else tells: libtiff goes on with white, and all looks well. It does not speak of all
damage, so some is not found.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from dicomize.source.described import damaged

_STDERR: Final = 2
_DAMAGE: Final = re.compile(rb"^\w*Decode\w*: ([^\n]*)", re.MULTILINE)
_ITS_OWN: Final = re.compile(rb"^(?:\w*Decode\w*|TIFF\w+|JPEGLib|[\w.-]*\.tif): [^\n]*\n?", re.MULTILINE)


@contextmanager
def overheard() -> Iterator[None]:
    """Listen to libtiff while it decodes; what others write to stderr meanwhile is passed on afterwards.

    Raises:
        SourceDamaged: it found damage, and said so to nobody.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:  # stderr is closed: there is nothing to listen to
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), _STDERR)
        try:
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            file.seek(0)
            said = file.read()
            if others := _ITS_OWN.sub(b"", said):
                os.write(_STDERR, others)
        found = _DAMAGE.search(said)
    if found is not None:
        raise damaged(f"is damaged: {found[1].decode('ascii', 'replace').strip().rstrip('.')}")
