"""The program, run for real: arguments, streams, signals, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
import typer
from typer.testing import CliRunner

from dicomize.cli.app import app, called
from dicomize.errors import ExitCode
from dicomize.version import __version__

Run = Callable[..., Any]

WHO = ("--patient-id", "4711", "--study-date", "20240229")
ROOT = Path(__file__).parents[2]


def test_version(dicomize: Run) -> None:
    done = dicomize("--version")
    assert (done.code, done.out, done.err) == (0, f"dicomize {__version__}\n", "")


@pytest.mark.parametrize(
    "command", ["", "convert", "inspect", "plan", "check", "backends", "site", "site show", "site recommend"]
)
def test_help(command: str, dicomize: Run) -> None:
    for option in ("--help", "-h"):
        done = dicomize(*command.split(), option)
        assert done.code == 0
        assert "Usage: dicomize" in done.out.replace("python -m dicomize", "dicomize")
        assert "\x1b" not in done.out
        assert max(map(len, done.out.splitlines())) <= 80


def test_without_arguments_it_shows_its_help(dicomize: Run) -> None:
    done = dicomize()
    assert done.code == 2
    assert "convert" in done.out + done.err


def test_one_picture(dicomize: Run, photo: Path, out: Path) -> None:
    done = dicomize("convert", photo, out / "x.dcm", *WHO)
    assert (done.code, done.err) == (0, "")
    dataset = pydicom.dcmread(out / "x.dcm")
    assert dataset.PatientID == "4711"
    assert str(dataset.SOPInstanceUID) in done.out
    assert "\x1b" not in done.out
    assert [p.name for p in out.iterdir()] == ["x.dcm"]


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["--nonsense"],
        ["convert"],
        ["convert", "only-one"],
        ["convert", "--nonsense", "a", "b"],
        ["convert", "a", "b", "--uids", "lucky"],
        ["convert", "a", "b", "--jpeg-color", "green"],
        ["plan", "only-one"],
        ["inspect"],
        ["check"],
        ["backends", "surplus"],
    ],
)
def test_misuse_is_one_line_or_one_object(words: list[str], dicomize: Run) -> None:
    dicomize(*words).complains(2)
    done = dicomize(*words, "--json")
    assert (done.code, done.err) == (2, "")
    assert done.json["exit_code"] == 2
    assert done.json["status"] == "failed"
    assert done.json["results"][0]["error"] == "UsageError"


def test_stdout_that_cannot_be_written(photo: Path, out: Path, environment: dict[str, str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    for more in ([], ["--json"]):
        target = out / f"{len(more)}.dcm"
        command = [sys.executable, "-m", "dicomize", "convert", str(photo), str(target), "--no-strict", *more]
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
        assert done.returncode == ExitCode.DESTINATION
        assert "Traceback" not in done.stderr
        assert (
            more
            or done.stderr == "dicomize: the output cannot be written: No space left on device; send it elsewhere\n"
        )


def test_help_that_cannot_be_written(environment: dict[str, str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    command = [sys.executable, "-m", "dicomize", "--help"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert done.returncode == ExitCode.DESTINATION
    assert done.stderr == "dicomize: the output cannot be written: No space left on device; send it elsewhere\n"


def test_an_interrupt_while_modules_load(environment: dict[str, str], tmp_path: Path) -> None:
    # what is imported on the way is interrupted, as by Ctrl-C in the first tenth of a second
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt\n")
    done = subprocess.run(
        [sys.executable, "-m", "dicomize", "backends"],
        capture_output=True,
        text=True,
        env={**environment, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "")
    assert done.stderr == "dicomize: interrupted; nothing half-written was left behind\n"


@pytest.mark.parametrize("words", [("--help",), ("backends",), ("site", "list")])
def test_text_for_a_reader_that_has_gone(words: tuple[str, ...], environment: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody:
        command = [sys.executable, "-m", "dicomize", *words]
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, env=environment, check=False)
    assert (done.returncode, done.stderr) == (ExitCode.DONE, b"")


def test_a_reader_that_has_gone(photo: Path, environment: dict[str, str]) -> None:
    for command, code in (("inspect", 0), ("check", 3)):
        with subprocess.Popen(
            [sys.executable, "-m", "dicomize", command, photo, "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        ) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            assert process.stderr.read() == b""
            assert process.wait() == code


def test_without_stdout(photo: Path, out: Path, environment: dict[str, str]) -> None:
    script = 'exec "$0" -m dicomize convert "$1" "$2" --backend pydicom >&- 2>&-'
    done = subprocess.run(["sh", "-c", script, sys.executable, photo, out / "x.dcm"], env=environment, check=False)
    assert done.returncode == 0
    assert (out / "x.dcm").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_output(encoding: str, tmp_path: Path, photo: Path, environment: dict[str, str]) -> None:
    name = tmp_path / "фото\U0001f4f7.jpg"
    photo.rename(name)
    words: tuple[list[str | Path], ...] = (
        ["inspect", name],
        ["plan", name, "x.dcm", "--patient-name", "Иванов"],
        ["convert", name, "x.dcm", "-v", "--overwrite", "--patient-name", "Иванов"],
        ["check", "x.dcm"],
        ["backends"],
        ["inspect", tmp_path / "нет.jpg"],
    )
    for command in words:
        done = subprocess.run(
            [sys.executable, "-m", "dicomize", *command],
            capture_output=True,
            env=environment | {"PYTHONIOENCODING": encoding},
            cwd=tmp_path,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr
        done.stdout.decode(encoding)


@pytest.mark.parametrize(
    ("signum", "backend"), [(signal.SIGTERM, "dcmtk"), (signal.SIGINT, "gdcm"), (signal.SIGHUP, "dcmtk")]
)
def test_stopped_in_the_middle(
    signum: int, backend: str, photo: Path, out: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    program, pid_file = tmp_path / "sleeper", tmp_path / "pid"
    program.write_text(f'#!/bin/sh\necho $$ > "{pid_file}.part"\nmv "{pid_file}.part" "{pid_file}"\nexec sleep 600\n')
    program.chmod(0o755)
    variable = {"dcmtk": "DICOMIZE_IMG2DCM", "gdcm": "DICOMIZE_GDCMIMG"}[backend]
    second = tmp_path / "second.jpg"
    second.write_bytes(photo.read_bytes())
    # where tests run in the background of a shell, SIGINT is ignored, by nohup SIGHUP, and children inherit that
    start = (
        "import runpy, signal\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "runpy.run_module('dicomize', run_name='__main__')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start, "convert", photo, second, out, "--backend", backend, "--json", *WHO],
        env=environment | {variable: str(program)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        for _ in range(600):
            if pid_file.exists():
                break
            time.sleep(0.05)
        process.send_signal(signum)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert stderr == b""
    (result,) = json.loads(stdout)["results"]
    assert (result["error"], result["source"]) == ("Interrupted", str(photo))
    assert list(out.iterdir()) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert has_ended(pid_file.read_text().strip())


def has_ended(pid: str) -> bool:
    for _ in range(200):
        state = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True, check=False).stdout
        if not state.strip() or state.startswith("Z"):
            return True
        time.sleep(0.02)
    return False


def test_an_interrupt_is_one_line(photo: Path, out: Path, tmp_path: Path, dicomize: Run) -> None:
    program = tmp_path / "killer"
    program.write_text("#!/bin/sh\nkill -TERM $PPID\nexec sleep 600\n")
    program.chmod(0o755)
    done = dicomize("convert", photo, out / "x.dcm", "--backend", "dcmtk", env={"DICOMIZE_IMG2DCM": str(program)})
    assert done.complains(130) == "dicomize: interrupted; nothing half-written was left behind"
    assert list(out.iterdir()) == []


def test_exit_codes_of_readme() -> None:
    rows = [
        line.split("|")[1:3]
        for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and line.split("|")[1].strip().isdigit()
    ]
    assert [int(code) for code, _ in rows] == [int(code) for code in ExitCode]
    assert rows[0][1].strip().startswith("done")
    assert all(text.strip() for _, text in rows)


# ---------------------------------------------------------------- the same bytes, wherever and however


def test_reproducible(dicomize: Run, photo: Path, tmp_path: Path) -> None:
    """Another folder, name, time zone, language, hash seed, umask: the same file."""
    elsewhere = tmp_path / "elsewhere" / "ein Ordner"
    elsewhere.mkdir(parents=True)
    copy = elsewhere / "anderer Name.JPG"
    shutil.copy2(photo, copy)
    runs: list[tuple[Path, dict[str, Any]]] = [
        (photo, {}),
        (photo, {"env": {"TZ": "Asia/Tokyo", "LANG": "ja_JP.UTF-8"}}),
        (photo, {"env": {"TZ": "America/St_Johns", "LC_ALL": "C", "PYTHONHASHSEED": "1"}}),
        (copy, {"cwd": elsewhere, "env": {"PYTHONHASHSEED": "2"}}),
        (Path(copy.name), {"cwd": elsewhere, "umask": 0o077}),
        (photo, {"env": {"PYTHONUTF8": "0", "LANG": "tr_TR.ISO-8859-9"}}),
    ]
    results = [elsewhere / f"{number}.dcm" for number in range(len(runs))]
    for (source, options), result in zip(runs, results, strict=True):
        # without --study-date: the file's date is used
        assert dicomize("convert", source, result, "--patient-name", "Doe^Jane", **options).code == 0
    assert len({result.read_bytes() for result in results}) == 1
    assert results[4].stat().st_mode & 0o777 == 0o600


def test_every_backend_writes_the_same(
    dicomize: Run, photo: Path, out: Path, require_tool: Callable[[str], Path]
) -> None:
    require_tool("img2dcm")
    require_tool("gdcmimg")
    sums = set()
    for backend in ("dcmtk", "gdcm", "pydicom"):
        done = dicomize("convert", photo, out / f"{backend}.dcm", "--backend", backend, "--json", *WHO)
        (result,) = done.json["results"]
        sums.add(result["sha256"])
        assert result["choice"] == {"backend": backend, "because": "--backend", "passed_over": []}
    assert len(sums) == 1


@pytest.mark.parametrize("name", [c.name for c in typer.main.get_group(app).commands.values()])
def test_a_command_alone_is_the_same_command(name: str) -> None:
    alone = called([name, "--help"])
    assert len(alone.registered_commands) == 1
    outputs = [CliRunner().invoke(program, [name, "--help"]).output for program in (alone, app)]
    assert outputs[0] == outputs[1] != ""


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["site", "list"], ["no-such-command"], ["-"]])
def test_all_commands_where_none_is_named(arguments: list[str]) -> None:
    assert called(arguments) is app
