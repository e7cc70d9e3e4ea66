"""The same bank as the workspace's tests."""

from tests.portal.workspace.conftest import bank

__all__ = ["bank"]
