"""Runs a built model: one text per run, on a fixed number of threads, with little memory."""

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from search.embedders.base import Vectors
from search.embedders.layout import INPUT, MODEL_FILE, TOKENIZER_FILE


def open_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a built model."""
    return Tokenizer.from_file(str(folder / TOKENIZER_FILE))


def _sums_exactly() -> bool:
    """Whether the fast products of u8 x s8 are exact here.

    x86 without VNNI adds them in 16 bits, which can overflow; ONNX Runtime then has slower, exact
    kernels (half the speed). Where it cannot be found out, exact ones are taken.
    """
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return False


class Session:
    """A loaded graph; safe to share among threads."""

    def __init__(self, folder: Path, threads: int) -> None:
        """threads: that one run may use, the caller's included; at least 1."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        # An arena keeps the largest text's buffers for ever; here they are freed at once.
        options.enable_cpu_mem_arena = False
        if not _sums_exactly():
            options.add_session_config_entry("session.x64quantprecision", "1")
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )

    def run(self, pieces: Sequence[int]) -> Vectors:
        """The output for one text's pieces: float32 [width]."""
        output: Any = self._session.run(None, {INPUT: np.array([pieces], np.int64)})[0]
        return np.asarray(output[0], np.float32)
