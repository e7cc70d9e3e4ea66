"""The bundled weights as an ordinary model folder for transformers and sentence-transformers.

For training the model further, for running it on a GPU, and to prove that the bundled graph
computes what the original architecture does.
"""

import json
from pathlib import Path

import numpy as np

from search.embedders.vocabulary import write_tokenizer
from search.embedders.weights import Weights

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_MASK = "<mask>"


def write_folder(weights: Weights, folder: Path) -> None:
    """Write the float32 model with its full vocabulary into `folder` (480 MB).

    Needs `safetensors`, which the extra `models` installs.
    """
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(_tensors(weights), folder / "model.safetensors", {"format": "pt"})
    write_tokenizer(weights, np.arange(len(weights.pieces)), folder, weights.sizes.positions)
    for name, content in _configurations(weights).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), "utf-8")


def _tensors(weights: Weights) -> dict[str, np.ndarray]:
    sizes = weights.sizes
    hidden = sizes.hidden
    embeddings = "embeddings."
    tensors = {
        embeddings + "word_embeddings.weight": weights.blocks("emb.word", hidden).dense(),
        embeddings + "position_embeddings.weight": weights.vector("emb.pos").reshape(-1, hidden),
        embeddings + "token_type_embeddings.weight": weights.vector("emb.type").reshape(-1, hidden),
        embeddings + "LayerNorm.weight": weights.vector("emb.ln.w"),
        embeddings + "LayerNorm.bias": weights.vector("emb.ln.b"),
    }
    for layer in range(sizes.layers):
        for short, name in _LAYER_NAMES.items():
            ours, theirs = f"l{layer}.{short}", f"encoder.layer.{layer}.{name}"
            columns = sizes.feed_forward if short == "fo" else hidden
            tensors[f"{theirs}.weight"] = (
                weights.vector(f"{ours}.w")
                if short.endswith("ln")
                else weights.blocks(f"{ours}.w", columns).dense()
            )
            tensors[f"{theirs}.bias"] = weights.vector(f"{ours}.b")
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def _configurations(weights: Weights) -> dict[str, object]:
    sizes = weights.sizes
    package = "sentence_transformers.models."
    special = {
        "bos_token": weights.pieces[weights.bos],
        "cls_token": weights.pieces[weights.bos],
        "eos_token": weights.pieces[weights.eos],
        "sep_token": weights.pieces[weights.eos],
        "pad_token": weights.pieces[weights.pad],
        "unk_token": weights.pieces[weights.unknown],
        "mask_token": _MASK,
    }
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": sizes.hidden,
            "num_hidden_layers": sizes.layers,
            "num_attention_heads": sizes.heads,
            "intermediate_size": sizes.feed_forward,
            "vocab_size": sizes.vocabulary,
            "max_position_embeddings": sizes.positions,
            "type_vocab_size": sizes.token_types,
            "layer_norm_eps": sizes.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": weights.pad,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes.positions,
            **special,
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": package + "Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": package + "Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": package + "Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes.positions, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "passage": "passage: "},
            "default_prompt_name": None,
        },
        "1_Pooling/config.json": {
            "word_embedding_dimension": sizes.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
        },
        "2_Normalize/config.json": {},
    }
