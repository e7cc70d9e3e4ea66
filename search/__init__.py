"""Search over everything the company and its customers know."""
