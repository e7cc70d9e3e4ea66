"""The build's own tools."""
