"""Real servers for tests and benchmarks, each on a free port of this machine.

Guarantee: every server here lives in a folder of its own, is reached over loopback only, and is
gone, folder and all, when its context manager ends, however the body ended.
"""
