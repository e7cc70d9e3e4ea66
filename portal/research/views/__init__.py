"""The research center's pages. Each act is a plain POST that leads back to the case; scripts get
the part that changed."""
