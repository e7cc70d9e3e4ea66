"""Make the project's Python environment, with nothing but Python 3.11+ and pip at hand.

Guarantee: afterwards `--venv` holds exactly the locked packages of the asked profile; when it
already does, the call changes nothing and takes milliseconds. An interrupted install is begun
again, since the stamp is written last.

    python3 tools/bootstrap.py base     what `make demo` needs
    python3 tools/bootstrap.py dev      what `make test` needs, the cluster profile included
    python3 tools/bootstrap.py models   dev, and PyTorch with sentence-transformers (about 6 GB)
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Each profile includes the ones before it in its own tuple: its stamp covers all its files.
PROFILES: dict[str, tuple[str, ...]] = {
    "base": ("base.txt",),
    "dev": ("lock.txt",),
    "models": ("lock.txt", "models.txt"),
}
# A profile is also there when a wider one is.
COVERED_BY: dict[str, tuple[str, ...]] = {
    "base": ("base", "dev", "models"),
    "dev": ("dev", "models"),
    "models": ("models",),
}


def fingerprint(profile: str) -> str:
    """Changes when the profile's locked packages or the Python version do."""
    digest = hashlib.sha256(f"{profile} {sys.version_info[:2]}".encode())
    for name in PROFILES[profile]:
        digest.update((ROOT / "requirements" / name).read_bytes())
    return digest.hexdigest()


def stamp(venv: Path, profile: str) -> Path:
    return venv / f".kiplatform-{profile}"


def is_installed(venv: Path, profile: str) -> bool:
    """Whether the profile, or one that includes it, was installed from the present lock files."""
    if not python_of(venv).exists():
        return False
    for wider in COVERED_BY[profile]:
        path = stamp(venv, wider)
        if path.exists() and path.read_text() == fingerprint(wider):
            return True
    return False


def python_of(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_venv(venv: Path) -> None:
    """Make the environment. Debian's Python without python3-venv has no ensurepip: then the pip
    outside installs into it (pip 22.3 and later)."""
    print(f"Making the environment in {venv} (Python {sys.version.split()[0]}) ...", flush=True)
    options = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    subprocess.run([sys.executable, "-m", "venv", *options, str(venv)], check=True)


def pip_command(venv: Path) -> list[str]:
    """The pip that installs into the environment; leaves with advice when there is none."""
    python = str(python_of(venv))
    inside = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False)
    if inside.returncode == 0:
        return [python, "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", python]
    sys.exit("No pip was found. On Debian or Ubuntu: apt-get install python3-pip python3-venv")


def install(venv: Path, profile: str) -> None:
    files = PROFILES[profile]
    print(f"Installing the packages of the profile '{profile}' ...", flush=True)
    command = [*pip_command(venv), "install", "--quiet", "--disable-pip-version-check"]
    for name in files:
        command += ["--requirement", str(ROOT / "requirements" / name)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        sys.exit(
            "The packages could not be installed. If the network is slow, run the command again: "
            "what was fetched is kept in pip's cache."
        )
    stamp(venv, profile).write_text(fingerprint(profile))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("profile", choices=sorted(PROFILES))
    parser.add_argument("--venv", type=Path, default=Path(".venv"))
    arguments = parser.parse_args()
    venv = arguments.venv if arguments.venv.is_absolute() else ROOT / arguments.venv
    if is_installed(venv, arguments.profile):
        return
    if venv.exists() and not python_of(venv).exists():
        # The Python that it was made with is gone, or making it was interrupted.
        shutil.rmtree(venv)
    if not venv.exists():
        make_venv(venv)
    install(venv, arguments.profile)


if __name__ == "__main__":
    main()
