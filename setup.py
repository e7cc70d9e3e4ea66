"""Builds the message files before anything is packed: a wheel without them would speak English."""

import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

# A build from outside does not have the project's own folder on the path.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from tools import compile_messages


class BuildWithMessages(build_py):
    def run(self) -> None:
        compile_messages.main()
        super().run()


setup(cmdclass={"build_py": BuildWithMessages})
