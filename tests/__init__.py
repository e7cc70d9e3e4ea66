"""The tests mirror the packages; see docs/how-to/run-the-tests.md."""
