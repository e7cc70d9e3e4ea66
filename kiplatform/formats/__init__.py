"""How dates and times are written, where Django's own formats read badly or can be misread."""
