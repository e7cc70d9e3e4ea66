"""Words that say how, not what: by which English texts are told from others."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words(
    "a an and any are as at be been but by can could did do does for from had has have how i if "
    "in into is it its may me must my no not of on or our shall should so than that the their "
    "them then there these they this to under up was we were what when where which who why will "
    "with would you your"
)
