"""Words that say how, not what: too common to tell a language's texts apart or to be marked."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words(
    "a an and any are as at be been but by can could did do does for from had has have how i if "
    "in into is it its may me must my no not of on or our shall should so than that the their "
    "them then there these they this to under up was we were what when where which who why will "
    "with would you your"
)

CHINESE = _words(
    "的 了 吗 呢 吧 啊 是 在 和 与 及 或 也 都 就 我 你 您 他 她 它 们 我们 你们 他们 这 那 有 "
    "要 会 能 可以 什么 怎么 怎样 如何 多少 请问"
)
