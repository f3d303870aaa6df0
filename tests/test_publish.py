"""The result appears whole, or not at all."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from dicomize.errors import DestinationError, DestinationExists, UsageError
from dicomize.publish import append_journal, candidate, publish, require_destination, require_journal, sha256_of

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links, modes and limits are those of POSIX")


def content(file: BinaryIO) -> None:
    file.write(b"result")


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.jpg"
    path.write_bytes(b"picture")
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def make(destination: Path, *, overwrite: bool = False) -> None:
    with candidate(destination, content) as path:
        assert path.parent == destination.parent
        assert path.read_bytes() == b"result"
        publish(path, destination, overwrite=overwrite)


def test_published(out: Path) -> None:
    make(out / "x.dcm")
    assert (out / "x.dcm").read_bytes() == b"result"
    assert names(out) == ["x.dcm"]
    assert (out / "x.dcm").stat().st_nlink == 1


def test_nothing_stays_when_it_is_not_published(out: Path) -> None:
    with pytest.raises(ZeroDivisionError), candidate(out / "x.dcm", content):
        raise ZeroDivisionError
    assert names(out) == []


def test_nothing_stays_when_it_cannot_be_written(out: Path) -> None:
    def full(file: BinaryIO) -> None:
        file.write(b"part")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def interrupted(_: BinaryIO) -> None:
        raise KeyboardInterrupt

    with pytest.raises(DestinationError, match="No space left on device"), candidate(out / "x.dcm", full):
        pass
    with pytest.raises(KeyboardInterrupt), candidate(out / "x.dcm", interrupted):
        pass
    assert names(out) == []


def test_what_is_there_is_replaced_only_where_asked_for(out: Path) -> None:
    there = out / "x.dcm"
    there.write_bytes(b"earlier")
    with pytest.raises(DestinationExists):
        make(there)
    assert there.read_bytes() == b"earlier"
    assert names(out) == ["x.dcm"]
    make(there, overwrite=True)
    assert there.read_bytes() == b"result"
    assert names(out) == ["x.dcm"]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK])
def test_without_hard_links(number: int, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    make(out / "x.dcm")
    with pytest.raises(DestinationExists):
        make(out / "x.dcm")
    assert names(out) == ["x.dcm"]
    assert (out / "x.dcm").read_bytes() == b"result"


def test_without_hard_links_no_empty_file_stays(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DestinationError):
        make(out / "x.dcm")
    assert names(out) == []


def test_a_folder_that_cannot_be_synchronized_is_no_failure(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true_fsync = os.fsync

    def fsync(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        true_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    make(out / "x.dcm")
    assert names(out) == ["x.dcm"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_mode_follows_the_umask(mask: int, out: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from dicomize.publish import candidate, publish\n"
        f"os.umask({mask}); target = Path(sys.argv[1])\n"
        "with candidate(target, lambda f: f.write(b'x')) as path: publish(path, target, overwrite=False)\n"
        f"assert os.umask(0) == {mask}"
    )
    subprocess.run([sys.executable, "-c", code, str(out / "x.dcm")], check=True)
    assert (out / "x.dcm").stat().st_mode & 0o777 == 0o666 & ~mask


# ---------------------------------------------------------------- where results cannot go


def test_a_name_that_is_too_long(source: Path, out: Path) -> None:
    long = out / ("x" * 300)
    require_destination(source, long, overwrite=False)
    with pytest.raises(DestinationError, match="File name too long"):
        make(long)
    assert names(out) == []


def test_the_destination(source: Path, out: Path) -> None:
    require_destination(source, out / "x.dcm", overwrite=False)
    with pytest.raises(UsageError, match="is a folder"):
        require_destination(source, out, overwrite=True)
    with pytest.raises(DestinationError, match="does not exist"):
        require_destination(source, out / "absent" / "x.dcm", overwrite=True)
    with pytest.raises(DestinationError, match="does not exist"):
        require_destination(source, source / "x.dcm", overwrite=True)
    (out / "dangling").symlink_to(out / "nothing")
    with pytest.raises(DestinationExists):
        require_destination(source, out / "dangling", overwrite=False)
    os.mkfifo(out / "fifo")
    with pytest.raises(UsageError, match="is no regular file"):
        require_destination(source, out / "fifo", overwrite=True)
    with pytest.raises(UsageError, match="is no regular file"):
        require_destination(source, Path("/dev/null"), overwrite=True)


@pytest.mark.parametrize("link", ["same", "symlink", "hard link", "other spelling"])
def test_the_source_is_no_destination(link: str, source: Path, out: Path) -> None:
    target = out / "x.dcm"
    match link:
        case "same":
            target = source
        case "symlink":
            target.symlink_to(source)
        case "hard link":
            target.hardlink_to(source)
        case _:
            target = out / ".." / source.name
    with pytest.raises(UsageError, match="is the source itself"):
        require_destination(source, target, overwrite=True)


def test_a_symbolic_link_is_replaced_not_followed(source: Path, out: Path) -> None:
    (out / "other").write_bytes(b"other")
    (out / "x.dcm").symlink_to(out / "other")
    require_destination(source, out / "x.dcm", overwrite=True)
    make(out / "x.dcm", overwrite=True)
    assert (out / "other").read_bytes() == b"other"
    assert (out / "x.dcm").read_bytes() == b"result"
    assert not (out / "x.dcm").is_symlink()


@pytest.fixture
def unprivileged() -> Callable[[str, Path], subprocess.CompletedProcess[str]]:
    """A function that runs code as somebody to whom permissions apply."""

    def run(code: str, path: Path) -> subprocess.CompletedProcess[str]:
        drop = "import os\nif os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        # loaded before privileges are dropped: the interpreter may live where nobody else may look
        load = (
            "import sys, resource, signal, errno, tempfile\nfrom pathlib import Path\nfrom dicomize.publish import *\n"
        )
        return subprocess.run(
            [sys.executable, "-c", f"{load}{drop}path = Path(sys.argv[1])\n{code}", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that anybody may reach; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


WRITE = (
    "try:\n"
    "    with candidate(path, lambda f: f.write(bytes(100_000))) as c: publish(c, path, overwrite=False)\n"
    "except DestinationError as error: print(error.message)\n"
    "else: print('written')\n"
)


def test_a_folder_that_may_not_be_written(
    unprivileged: Callable[[str, Path], subprocess.CompletedProcess[str]], open_folder: Path
) -> None:
    folder = open_folder / "closed"
    folder.mkdir(mode=0o755)
    folder.chmod(0o555)
    done = unprivileged(WRITE, folder / "x.dcm")
    assert done.stdout == f"{folder / 'x.dcm'} cannot be written: Permission denied\n", done.stderr
    assert names(folder) == []


def test_a_full_disk(unprivileged: Callable[[str, Path], subprocess.CompletedProcess[str]], open_folder: Path) -> None:
    folder = open_folder / "small"
    folder.mkdir()
    folder.chmod(0o777)
    limit = (
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
    )
    done = unprivileged(limit + WRITE, folder / "x.dcm")
    assert done.stdout == f"{folder / 'x.dcm'} cannot be written: File too large\n", done.stderr
    assert names(folder) == []


# ---------------------------------------------------------------- the journal, and sums


def test_the_journal_grows_by_lines(out: Path) -> None:
    journal = out / "journal.jsonl"
    require_journal(journal)
    assert journal.read_bytes() == b""
    append_journal(journal, {"b": 1, "a": "\udcff\n"})
    append_journal(journal, {"c": None})
    assert [json.loads(line) for line in journal.read_text("ascii").splitlines()] == [
        {"a": "\udcff\n", "b": 1},
        {"c": None},
    ]


def test_a_journal_that_cannot_be_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DestinationError, match=r"journal .* cannot be written: Is a directory"):
        require_journal(out)
    with pytest.raises(DestinationError, match="No such file"):
        append_journal(out / "absent" / "journal", {})
    monkeypatch.setattr(os, "write", lambda _, data: len(data) // 2)
    with pytest.raises(DestinationError, match="No space left"):
        append_journal(out / "journal", {})


def test_sha256(source: Path) -> None:
    done = subprocess.run(["sha256sum", source], capture_output=True, text=True, check=True)
    assert sha256_of(source) == done.stdout.split()[0]
