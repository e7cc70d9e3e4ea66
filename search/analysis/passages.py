"""Long texts into passages, cut where a reader would pause.

Guarantee: passages are spans of the text as given, in order; every character that is not white
space is in at least one; none crosses a heading; none is much longer than asked, even in a
text without any punctuation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]+\S.*"
    r"|第[一二三四五六七八九十百0-9]{1,4}[章节条部分].{0,40}"
    r"|[一二三四五六七八九十]{1,3}、.{1,40}"
    r"|[^\n。！？!?；;，,:：]{1,40}[:：])[ \t]*\Z"
)
_SENTENCE = re.compile(
    r"[^。！？!?；;\n.]*(?:\.(?![\s\"'”’)）」』]|\Z)[^。！？!?；;\n.]*)*"
    r"(?:[。！？!?；;.]+[\"'”’)）」』]*\s*|\n+|\Z)"
)
_PAUSE = re.compile(r"[，,、：:\s]")
_SLACK = 1.25
"""A sentence may make a passage longer than asked by this factor before it is cut."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters start:end of the text, as `text`, under the nearest `heading` ("" if none)."""

    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    heading: str
    opens: bool = False


def passages(title: str, text: str, size: int = 250, overlap: int = 50) -> list[Passage]:
    """Cut `text` into passages of about `size` characters.

    title: an empty text yields one empty passage, so that the title alone can be found; no
        passage at all where the title is empty too.
    overlap: at most so many characters of whole sentences are repeated from the passage before.
    """
    if not text.strip():
        return [Passage(0, 0, "")] if title.strip() else []
    found: list[Passage] = []
    current: list[_Piece] = []
    for piece in _pieces(text, size):
        too_long = bool(current) and piece.end - current[0].start > size
        if current and (piece.opens or too_long):
            found.append(_passage(text, current))
            current = [] if piece.opens else _tail(current, min(overlap, size - _length(piece)))
        current.append(piece)
    if current:
        found.append(_passage(text, current))
    return found


def _length(piece: _Piece) -> int:
    return piece.end - piece.start


def _tail(pieces: list[_Piece], room: int) -> list[_Piece]:
    """The last whole sentences that fit into `room` characters, never all of them."""
    kept: list[_Piece] = []
    for piece in reversed(pieces[1:]):
        if pieces[-1].end - piece.start > room:
            break
        kept.insert(0, piece)
    return kept


def _passage(text: str, pieces: list[_Piece]) -> Passage:
    start, end = pieces[0].start, pieces[-1].end
    while text[start].isspace():
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return Passage(start, end, text[start:end], pieces[0].heading)


def _pieces(text: str, size: int) -> Iterator[_Piece]:
    """Sentences, and parts of sentences that are too long, that hold more than white space."""
    heading, opens, position = "", False, 0
    for line in text.splitlines(keepends=True):
        if _HEADING.match(line.rstrip("\r\n")):
            heading, opens = line.strip().lstrip("#").strip(" \t:："), True
        for start, end in _sentences(line, position, size):
            if text[start:end].strip():
                yield _Piece(start, end, heading, opens)
                opens = False
        position += len(line)


def _sentences(line: str, offset: int, size: int) -> Iterator[tuple[int, int]]:
    for sentence in _SENTENCE.finditer(line):
        start, end = sentence.span()
        while end - start > size * _SLACK:
            cut = _pause(line, start, start + size)
            yield offset + start, offset + cut
            start = cut
        if end > start:
            yield offset + start, offset + end


def _pause(line: str, start: int, limit: int) -> int:
    """Where to cut a long sentence: behind its last pause in the second half, or at `limit`."""
    pauses = [match.end() for match in _PAUSE.finditer(line, start + (limit - start) // 2, limit)]
    return pauses[-1] if pauses else limit
