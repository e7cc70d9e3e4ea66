"""Resolve the exact versions of every package into requirements/*.txt.

Guarantee: the four files agree with each other (the narrower ones are constrained by lock.txt),
install with plain pip on Python 3.11 and later, and name no host and no local path.

    lock.txt     everything a developer needs: base, cluster and dev
    base.txt     what `make demo` needs
    cluster.txt  base and the cluster profile: what the container image needs
    models.txt   what the extra `models` adds to lock.txt
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path("requirements")
HEADER = (
    "# Exact versions, resolved from pyproject.toml by `make lock`; not edited by hand.\n"
    "# Works with plain pip: pip install -r {name}\n"
)


def resolve(name: str, *, extras: tuple[str, ...], constraint: Path | None, upgrade: bool) -> str:
    """The requirement lines for the base dependencies plus `extras`, newest allowed versions."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml"),
        *("--universal", "--python-version", "3.11"),
        *("--no-header", "--no-annotate", "--quiet"),
    ]
    for extra in extras:
        command += ["--extra", extra]
    if constraint is not None:
        command += ["--constraint", str(constraint)]
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / name
        if not upgrade and (ROOT / FOLDER / name).exists():
            # The versions of an existing file are kept where pyproject.toml still allows them.
            shutil.copy(ROOT / FOLDER / name, output)
        subprocess.run(
            [*command, "--output-file", str(output)],
            cwd=ROOT,
            env={**os.environ, "UV_SYSTEM_CERTS": "1"},
            check=True,
        )
        return output.read_text()


def write(name: str, lines: str) -> None:
    (ROOT / FOLDER / name).write_text(HEADER.format(name=FOLDER / name) + lines)
    print(f"{FOLDER / name}: {len(lines.splitlines())} packages")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest allowed versions")
    upgrade = parser.parse_args().upgrade
    (ROOT / FOLDER).mkdir(exist_ok=True)
    lock = FOLDER / "lock.txt"
    write("lock.txt", resolve("lock.txt", extras=("dev",), constraint=None, upgrade=upgrade))
    for name, extras in (("base.txt", ()), ("cluster.txt", ("cluster",))):
        write(name, resolve(name, extras=extras, constraint=lock, upgrade=upgrade))
    everything = resolve("models.txt", extras=("dev", "models"), constraint=lock, upgrade=upgrade)
    locked = set((ROOT / lock).read_text().splitlines())
    added = [line for line in everything.splitlines() if line not in locked]
    write("models.txt", "".join(f"{line}\n" for line in added))


if __name__ == "__main__":
    main()
