"""Measuring search on labelled sets, with the very code that people search with."""
