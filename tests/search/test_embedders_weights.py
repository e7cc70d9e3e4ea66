"""The weight file is read exactly, or refused with a reason."""

import struct
from pathlib import Path

import numpy as np
import pytest

from search.embedders import building
from search.embedders.graph import quantise
from search.embedders.weights import Blocks, UnreadableWeights, Weights, packaged_weights


def test_the_packaged_file_has_the_known_shape() -> None:
    weights = building.open_weights()
    assert (weights.sizes.hidden, weights.sizes.layers, weights.sizes.positions) == (384, 12, 512)
    assert weights.pieces[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert weights.replacements()["\t"] == " "


def test_blocks_are_nibbles_less_eight_times_their_scale() -> None:
    weights = Weights(packaged_weights())
    tensor = weights._tensors["l0.q.w"]
    raw = weights._data[tensor.offset : tensor.offset + 18]
    (scale,) = struct.unpack_from("<e", raw)
    low = [(byte & 15) - 8 for byte in raw[2:]]
    high = [(byte >> 4) - 8 for byte in raw[2:]]
    expected = np.array(low + high, np.float32) * np.float32(scale)
    assert np.array_equal(weights.blocks("l0.q.w", 384).dense()[0, :32], expected)


def test_int8_is_within_half_a_step() -> None:
    matrix = np.random.default_rng(5).normal(size=(7, 64)).astype(np.float32)
    matrix[3] = 0
    values, scale = quantise(matrix)
    assert np.all(np.abs(values * scale[:, None] - matrix) <= scale[:, None] * 0.5001)


def test_dense_gives_back_what_blocks_hold() -> None:
    blocks = Blocks(np.full((2, 64), 3, np.int8), np.array([[1, 2], [0.5, 0]], np.float16))
    assert blocks.dense()[:, [0, 63]].tolist() == [[3, 6], [1.5, 0]]


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + bytes(500), b"E5S1" + bytes(500)])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    with pytest.raises(UnreadableWeights, match=r"weights\.bin"):
        Weights(path)


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(packaged_weights().read_bytes()[:-1000])
    with pytest.raises(UnreadableWeights, match="cut short"):
        Weights(path)


def test_a_file_of_another_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(packaged_weights().read_bytes())
    content[-1] ^= 1
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    monkeypatch.setattr(building, "packaged_weights", lambda: path)
    with pytest.raises(UnreadableWeights, match="another version"):
        building.open_weights()
