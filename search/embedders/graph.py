"""The transformer as an ONNX graph with int8 weights, for the embedder and the reader alike.

Guarantee: one text per run, so that what comes out depends on that text alone; no padding and
therefore no attention mask; every product of large matrices is int8 x uint8 -> int32.

Matrices keep one scale per output channel, activations one scale per text, and the wide
activations behind GELU, whose outliers cost most of the precision lost elsewhere, one scale per
token. GELU is never below -0.17, so these are shifted by that to be unsigned; the shift is
taken back in the bias (W x = W (x + c) - c W 1).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from search.embedders.layout import DATA_FILE, INPUT, MODEL_FILE, OUTPUT
from search.embedders.weights import Blocks, Sizes

_GELU_FLOOR = np.float32(0.17)
_TINY = np.float32(1e-9)
_CONTRIB = "com.microsoft"

Matrix = tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]
"""int8 [out, in] and its float32 scale per output [out]."""


class Source(Protocol):
    """Where the graph takes its parameters from."""

    @property
    def sizes(self) -> Sizes: ...

    def words(self) -> Blocks:
        """The word embeddings, one row per piece."""
        ...

    def matrix(self, name: str) -> Matrix:
        """A matrix such as "l0.q"."""
        ...

    def vector(self, name: str) -> npt.NDArray[np.float32]:
        """A vector such as "l0.q.b", flat."""
        ...


def quantise(matrix: npt.NDArray[np.float32]) -> Matrix:
    """int8 per output channel, symmetric: matrix[o, i] = int8[o, i] x scale[o]."""
    scale = np.abs(matrix).max(axis=1) / np.float32(127)
    scale[scale == 0] = 1
    return np.rint(matrix / scale[:, None]).astype(np.int8), scale.astype(np.float32)


class _Graph:
    """Collects nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def integers(self, *values: int) -> str:
        return self.constant("i" + "_".join(map(str, values)), np.array(values, np.int64))

    def number(self, value: float | np.float32) -> str:
        return self.constant(f"f{float(value)!r}", np.array(value, np.float32))

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        """Append a node; returns its output's name, or their names."""
        name = f"n{len(self.nodes)}"
        names = [f"{name}.{index}" for index in range(outputs)]
        domain = attributes.pop("domain", "")
        self.nodes.append(
            helper.make_node(operator, inputs, names, name=name, domain=domain, **attributes)
        )
        return names[0] if outputs == 1 else names


class _Transformer:
    """Writes the layers of one model into a graph; states are [1, length, hidden]."""

    def __init__(self, source: Source) -> None:
        self.source, self.graph = source, _Graph()

    def embeddings(self) -> str:
        graph, sizes = self.graph, self.source.sizes
        words = self.source.words()
        blocks = words.scales.shape[1]
        nibbles = graph.add("Gather", graph.constant("words", words.nibbles), INPUT)
        scales = graph.add("Gather", graph.constant("words.scale", words.scales), INPUT)
        parts = graph.add(
            "Reshape",
            graph.add("Cast", nibbles, to=TensorProto.FLOAT),
            graph.integers(0, 0, blocks, sizes.hidden // blocks),
        )
        scales = graph.add("Unsqueeze", graph.add("Cast", scales, to=TensorProto.FLOAT),
                           graph.integers(3))  # fmt: skip
        states = graph.add("Reshape", graph.add("Mul", parts, scales),
                           graph.integers(0, 0, sizes.hidden))  # fmt: skip
        # Every token is of type 0, so its embedding is part of the position's.
        places = self.source.vector("emb.pos").reshape(sizes.positions, sizes.hidden)
        places = places + self.source.vector("emb.type")[: sizes.hidden]
        length = graph.add("Shape", INPUT, start=1, end=2)
        used = graph.add(
            "Slice", graph.constant("places", places), graph.integers(0), length, graph.integers(0)
        )
        return self._normalise(graph.add("Add", states, used), "emb.ln")

    def _normalise(self, states: str, name: str) -> str:
        gain, offset = (self._vector(f"{name}.{part}") for part in "wb")
        return str(
            self.graph.add("LayerNormalization", states, gain, offset, axis=-1,
                           epsilon=self.source.sizes.epsilon)
        )  # fmt: skip

    def _vector(self, name: str) -> str:
        return self.graph.constant(name, self.source.vector(name))

    def _product(self, quantised: Sequence[str], name: str) -> str:
        """states x matrix, from what DynamicQuantizeLinear gave; without the bias."""
        graph = self.graph
        values, scale, zero = quantised
        matrix, scales = self.source.matrix(name)
        product = graph.add("MatMulInteger", values, graph.constant(f"{name}.w", matrix.T), zero)
        combined = graph.add("Mul", scale, graph.constant(f"{name}.scale", scales))
        return str(graph.add("Mul", graph.add("Cast", product, to=TensorProto.FLOAT), combined))

    def _quantised(self, states: str) -> list[str]:
        return list(self.graph.add("DynamicQuantizeLinear", states, outputs=3))

    def _attention(self, states: str, layer: str) -> str:
        quantised = self._quantised(states)
        query, key, value = (self._product(quantised, f"{layer}.{part}") for part in "qkv")
        bias = np.concatenate([self.source.vector(f"{layer}.{part}.b") for part in "qkv"])
        mixed = self.graph.add(
            "MultiHeadAttention", query, key, value,
            self.graph.constant(f"{layer}.qkv.b", bias),
            num_heads=self.source.sizes.heads, domain=_CONTRIB,
        )  # fmt: skip
        return self._product(self._quantised(mixed), f"{layer}.ao")

    def _joined(self, states: str, change: str, bias: str, name: str) -> str:
        """LayerNorm(states + change + bias)."""
        # Two additions and a norm: the fused SkipLayerNormalization takes far longer on CPUs.
        changed = self.graph.add("Add", self.graph.add("Add", change, bias), states)
        return self._normalise(changed, name)

    def _feed_forward(self, states: str, layer: str) -> tuple[str, str]:
        """(product, bias) of the two wide matrices."""
        graph = self.graph
        wide = graph.add(
            "Add", self._product(self._quantised(states), f"{layer}.fi"),
            self._vector(f"{layer}.fi.b"),
        )  # fmt: skip
        wide = graph.add("Add", graph.add("Gelu", wide), graph.number(_GELU_FLOOR))
        most = graph.add("Reshape", graph.add("ReduceMax", wide, graph.integers(2)),
                         graph.integers(-1))  # fmt: skip
        scale = graph.add("Max", graph.add("Mul", most, graph.number(1 / 255)), graph.number(_TINY))
        values = graph.add("QuantizeLinear", wide, scale, axis=1)
        matrix, scales = self.source.matrix(f"{layer}.fo")
        product = graph.add("MatMulInteger", values, graph.constant(f"{layer}.fo.w", matrix.T))
        product = graph.add("DequantizeLinear", product,
                            graph.constant(f"{layer}.fo.scale", scales), axis=2)  # fmt: skip
        product = graph.add("Mul", product, graph.add("Unsqueeze", scale, graph.integers(1)))
        shift = _GELU_FLOOR * scales * matrix.sum(axis=1, dtype=np.int32)
        bias = self.source.vector(f"{layer}.fo.b") - shift
        return product, graph.constant(f"{layer}.fo.b", bias.astype(np.float32))

    def layer(self, states: str, number: int) -> str:
        name = f"l{number}"
        bias = self._vector(f"{name}.ao.b")
        states = self._joined(states, self._attention(states, name), bias, f"{name}.aln")
        change, bias = self._feed_forward(states, name)
        return self._joined(states, change, bias, f"{name}.oln")


def _mean(graph: _Graph, states: str) -> str:
    return str(graph.add("ReduceMean", states, graph.integers(1), keepdims=0))


def unit_mean(graph: _Graph, states: str) -> str:
    """The embedder's head: the mean of all states, of length 1; output [1, hidden]."""
    return str(graph.add("LpNormalization", _mean(graph, states), axis=-1, p=2))


def judgement(weight: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]) -> "Head":
    """The reader's head: weight . (first state, mean of all states) + bias; output [1, 1].

    weight: [2 x hidden]; bias: [1].
    """

    def head(graph: _Graph, states: str) -> str:
        first = graph.add("Gather", states, graph.constant("first", np.array(0)), axis=1)
        both = graph.add("Concat", first, _mean(graph, states), axis=1)
        product = graph.add("MatMul", both, graph.constant("head.w", weight[:, None]))
        return str(graph.add("Add", product, graph.constant("head.b", bias)))

    return head


Head = Callable[[_Graph, str], str]


def write_model(
    source: Source, head: Head, folder: Path, progress: Callable[[float], None]
) -> None:
    """Write the model of `source` with `head` into `folder` as MODEL_FILE and DATA_FILE.

    The constants stand apart in DATA_FILE so that they are mapped, not read: of the word
    embeddings, most of the file, only the rows of used words ever come into memory.
    progress: called with the share done, 0 to 1.
    """
    transformer = _Transformer(source)
    states = transformer.embeddings()
    for number in range(source.sizes.layers):
        progress(number / (source.sizes.layers + 1))
        states = transformer.layer(states, number)
    graph = transformer.graph
    graph.nodes.append(helper.make_node("Identity", [head(graph, states)], [OUTPUT]))
    described = helper.make_graph(
        graph.nodes,
        "transformer",
        [helper.make_tensor_value_info(INPUT, TensorProto.INT64, [1, "length"])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, None])],
        list(graph.constants.values()),
    )
    model = helper.make_model(
        described,
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid(_CONTRIB, 1)],
        ir_version=10,
    )
    onnx.save(
        model,
        str(folder / MODEL_FILE),
        save_as_external_data=True,
        location=DATA_FILE,
        size_threshold=1024,
    )
    progress(1.0)
