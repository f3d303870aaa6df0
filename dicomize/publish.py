"""The result appears whole, or not at all.

A file is written beside its destination under a name of its own, checked there, and only then given its name, in one
step that cannot overwrite what appeared in the meantime. Whatever goes wrong, nothing of it stays.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dicomize.errors import DestinationError, DestinationExists, UsageError

_LINKS_UNSUPPORTED = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


def require_destination(source: Path, destination: Path, *, overwrite: bool) -> None:
    """Raise before any work is done where the result could not be published.

    Raises:
        DestinationExists: something is there, and it is not to be overwritten.
        UsageError: it is the source, or no regular file.
        DestinationError: its folder does not exist.
    """
    mode = mode_of(destination)
    if stat.S_ISDIR(mode):
        raise UsageError(f"{destination} is a folder", "name the file to be written")
    if mode and not stat.S_ISREG(mode):
        raise UsageError(f"{destination} is no regular file", "name another destination")
    if same_file(source, destination):
        raise UsageError(f"{destination} is the source itself", "name another destination")
    if not overwrite and os.path.lexists(destination):
        raise DestinationExists(f"{destination} exists already", "name another destination, or say --overwrite")
    if not stat.S_ISDIR(mode_of(destination.absolute().parent)):
        raise DestinationError(f"the folder {destination.absolute().parent} does not exist", "make it first")


def mode_of(path: Path) -> int:
    """Type and permissions of what a path leads to; 0 if that cannot be told, most often because nothing is there."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, through whatever links."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


@contextmanager
def candidate(destination: Path, write: Callable[[BinaryIO], object]) -> Iterator[Path]:
    """The finished file beside its destination, under a name of its own; gone when the block ends.

    Raises:
        DestinationError: it cannot be written: no permission, no space.
    """
    path = _written(destination, write)
    try:
        yield path
    finally:
        with suppress(OSError):  # it has been given its name, or its folder is gone
            path.unlink()


def _written(destination: Path, write: Callable[[BinaryIO], object]) -> Path:
    try:
        descriptor, name = tempfile.mkstemp(prefix=".dicomize-", suffix=".tmp", dir=destination.absolute().parent)
    except OSError as error:
        raise _failed(destination, error) from None
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o666 & ~_umask())
    except BaseException as error:
        with suppress(OSError):
            path.unlink()
        if isinstance(error, OSError):
            raise _failed(destination, error) from None
        raise
    return path


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _failed(destination: Path, error: OSError) -> DestinationError:
    return DestinationError(
        f"{destination} cannot be written: {error.strerror or error}", "check the folder's permissions and free space"
    )


def publish(path: Path, destination: Path, *, overwrite: bool) -> None:
    """Give a finished file its name, in one step.

    Raises:
        DestinationExists: something appeared there in the meantime.
        DestinationError: the file system refuses.
    """
    try:
        if overwrite:
            path.replace(destination)
        else:
            _rename_without_overwriting(path, destination)
        _sync_folder(destination.absolute().parent)
    except FileExistsError:
        raise DestinationExists(
            f"{destination} exists already", "name another destination, or say --overwrite"
        ) from None
    except OSError as error:
        raise _failed(destination, error) from None


def _rename_without_overwriting(path: Path, destination: Path) -> None:
    try:
        destination.hardlink_to(path)
    except OSError as error:
        if error.errno not in _LINKS_UNSUPPORTED:
            raise
        # no hard links here: reserve the name, then replace the reservation
        os.close(os.open(destination, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        try:
            path.replace(destination)
        except BaseException:
            destination.unlink()
            raise


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power failure, where the file system can do that; the result is there already."""
    if os.name != "posix":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_journal(journal: Path) -> None:
    """Raise before any work is done where no line could be appended.

    Raises:
        DestinationError: the journal cannot be opened for writing.
    """
    _append(journal, b"")


def append_journal(journal: Path, entry: Mapping[str, object]) -> None:
    """One JSON line, appended whole.

    Raises:
        DestinationError: the journal cannot be written.
    """
    _append(journal, json.dumps(entry, sort_keys=True).encode("ascii") + b"\n")


def _append(journal: Path, line: bytes) -> None:
    try:
        descriptor = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if line and stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise DestinationError(
            f"the journal {journal} cannot be written: {error.strerror or error}", "check its folder and free space"
        ) from None
