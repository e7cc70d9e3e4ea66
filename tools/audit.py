"""Look the locked packages up among the known vulnerabilities, with `make audit`.

Guarantee: a known vulnerability in requirements/cluster.txt (what runs in production) exits with
1. Where the service cannot be reached this is said plainly and exits with 0: a workplace without
the network is not a fault of the project.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 180
FOUND = "known vulnerabilit"


def main() -> int:
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", "requirements/cluster.txt"),
        *("--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10"),
    ]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        print(f"Not checked: the service did not answer within {SECONDS} s.")
        return 0
    if done.returncode == 0:
        print(done.stderr.strip() or "No known vulnerabilities found.")
        return 0
    if FOUND in done.stderr and done.stdout:
        print(done.stdout)
        return 1
    last = (done.stderr.strip().splitlines() or ["no word from pip-audit"])[-1]
    print(f"Not checked: the service could not be asked ({last[:200]}).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
