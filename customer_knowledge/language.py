"""Which of the platform's languages a text is written in."""

from functools import cache

from opencc import OpenCC

from kiplatform.core.choices import Language
from search.analysis import detect_language


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


def language_of(text: str, *, otherwise: str) -> str:
    """Return the language of `text`, or `otherwise` where it is neither Chinese nor English.

    :param otherwise: the writer's own language; also chosen for Chinese that is the same in both
        scripts, if the writer reads Chinese.
    """
    detected = detect_language(text)
    if detected == "en":
        return Language.EN
    if detected != "zh":
        return otherwise
    if _simplifier().convert(text) != text:
        return Language.ZH_HANT
    return otherwise if otherwise != Language.EN else Language.ZH_HANS
