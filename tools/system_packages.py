"""See to the programs outside Python that the tests need.

Guarantee: on Debian and its relatives as root the missing ones are installed, without starting
their services; elsewhere the command that installs them is printed and the tests that need them
skip (with KIP_REQUIRE=all: the run stops here). When nothing is missing, nothing is done.
"""

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")


def on_path(*names: str) -> Callable[[], bool]:
    return lambda: any(shutil.which(name) for name in names)


def has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    done = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, check=False)
    return bool(done.stdout.strip())


def has_postgresql() -> bool:
    return bool(shutil.which("initdb") or glob.glob("/usr/lib/postgresql/*/bin/initdb"))


# What it is for, how to see that it is there, Debian's packages, Homebrew's packages.
NEEDS: tuple[tuple[str, Callable[[], bool], str, str], ...] = (
    ("a browser", on_path("chromium", "chromium-browser"), "chromium", "--cask chromium"),
    ("Chinese fonts", has_chinese_font, "fonts-noto-cjk fontconfig", "--cask font-noto-sans-cjk"),
    ("gettext", on_path("xgettext"), "gettext", "gettext"),
    ("Redis", on_path("redis-server"), "redis-server", "redis"),
    ("PostgreSQL", has_postgresql, "postgresql", "postgresql"),
    ("a Java compiler", on_path("javac"), "default-jdk-headless", "openjdk"),
    ("Maven", on_path("mvn"), "maven", "maven"),
)


def install(packages: list[str]) -> bool:
    """apt-get install, with Debian's own switch against starting services set meanwhile."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    guarded = not POLICY.exists()
    if guarded:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        for command in (
            ["apt-get", "-q", "update"],
            ["apt-get", "-q", "install", "-y", "--no-install-recommends", *packages],
        ):
            if subprocess.run(command, env=environment, check=False).returncode:
                return False
        return True
    finally:
        if guarded:
            POLICY.unlink()


def main() -> int:
    missing = [need for need in NEEDS if not need[1]()]
    if not missing:
        return 0
    names = ", ".join(need[0] for need in missing)
    debian = " ".join(need[2] for need in missing)
    has_apt = shutil.which("apt-get") is not None
    if has_apt and os.geteuid() == 0:
        print(f"Installing what the tests need: {names}", flush=True)
        if install(debian.split()):
            return 0
    print(f"The tests also need {names}. This installs them:")
    if shutil.which("brew") and not has_apt:
        for need in missing:
            print(f"    brew install {need[3]}")
    else:
        print(f"    sudo apt-get install {debian}")
    if os.environ.get("KIP_REQUIRE") == "all":
        print("KIP_REQUIRE=all: they are not optional here.")
        return 1
    print("Going on without: the tests that need them will be skipped, and say so.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
