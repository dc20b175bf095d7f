"""Train the context model with PyTorch (extra ``unspin[train]``), and round it to small integers.

The network is that of Bengio et al. ("A neural probabilistic language model", JMLR 2003) turned to both sides of the
place, with the softmax over the choices of the form that stands there instead of over all words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from normalize.context_examples import Choices, Examples
from normalize.context_model import BAG_DIVISOR, MARKS, ORDERED, PADDING, SCALE, UNKNOWN
from normalize.ngram_model import hash_word

FORGOTTEN = 0.06
"""Share of ordered words that are hidden from the network while it learns, so that it leans on no single one."""
CLIPPED = 0.9999
"""Quantile of weights that the largest integer stands for; the few beyond it are cut."""


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Size of the network and length of the training."""

    dimensions: int = 64
    hidden: int = 256
    epochs: float = 2.0
    batch: int = 4096
    rate: float = 3e-3
    seed: int = 1
    threads: int = 2


class Network(nn.Module):
    """The context model in floating point."""

    def __init__(
        self, words: int, choices: Choices, spelled: NDArray[np.int64], frequencies: NDArray[np.float32],
        settings: TrainingSettings,
    ) -> None:  # fmt: skip
        super().__init__()
        size = settings.dimensions
        self.into = nn.Embedding(words, size, padding_idx=PADDING)
        self.out_words = nn.Embedding(words, size, padding_idx=PADDING)
        self.out = nn.Embedding(len(choices.phrases), size)
        nn.init.normal_(self.into.weight, 0, 0.1)
        nn.init.normal_(self.out_words.weight, 0, 0.05)
        nn.init.zeros_(self.out.weight)
        with torch.no_grad():
            self.into.weight[PADDING] = 0
            self.out_words.weight[PADDING] = 0
        self.hidden = nn.Linear((2 * ORDERED + 2) * size, settings.hidden)
        self.last = nn.Linear(settings.hidden, size)
        self.choice_bias = nn.Parameter(torch.zeros(choices.table.shape))
        self.phrase_bias = nn.Parameter(torch.from_numpy(frequencies.copy()))
        self.prior: Tensor
        self.table: Tensor
        self.spelled: Tensor
        self.register_buffer("prior", torch.from_numpy(choices.prior))
        self.register_buffer("table", torch.from_numpy(choices.table.astype(np.int64)))
        self.register_buffer("spelled", torch.from_numpy(spelled))

    def contexts(self, ordered: Tensor, bag: Tensor, forms: Tensor) -> Tensor:
        """Give the vector of each place."""
        slots = self.into(ordered).flatten(1)
        around = self.into(bag).sum(1) / BAG_DIVISOR
        spelled = self.spelled[self.table[forms, 0]]
        inside = self.into(spelled).sum(1) / (spelled != PADDING).sum(1, keepdim=True).clamp(min=1)
        result: Tensor = self.last(torch.relu(self.hidden(torch.cat([slots, around, inside], 1))))
        return result

    def phrases(self, numbers: Tensor) -> Tensor:
        """Give the vectors of phrases: their own, and the mean of their words'."""
        spelled = self.spelled[numbers]
        mean = self.out_words(spelled).sum(1) / (spelled != PADDING).sum(1, keepdim=True).clamp(min=1)
        result: Tensor = self.out(numbers) + mean
        return result

    def forward(self, ordered: Tensor, bag: Tensor, forms: Tensor, labels: Tensor) -> Tensor:
        """Give the negative log likelihood of the right choices, in nats a place."""
        row, column = (self.table[forms] >= 0).nonzero(as_tuple=True)
        numbers = self.table[forms[row], column]
        used, position = torch.unique(numbers, return_inverse=True)
        products = (self.phrases(used)[position] * self.contexts(ordered, bag, forms)[row]).sum(-1)
        scores = products + self.biases(forms[row], column, numbers)
        top = torch.full((len(forms),), -1e9).scatter_reduce(0, row, scores.detach(), "amax")
        total = torch.zeros(len(forms)).index_add(0, row, torch.exp(scores - top[row]))
        right = torch.zeros(len(forms)).index_add(0, row, scores * (column == labels[row]))
        return (torch.log(total) + top - right).mean()

    def biases(self, forms: Tensor, columns: Tensor, numbers: Tensor) -> Tensor:
        """Give what speaks for choices whatever the context."""
        result: Tensor = self.phrase_bias[numbers] + self.prior[forms, columns] + self.choice_bias[forms, columns]
        return result


def spell(phrases: Sequence[Sequence[str]], vocabulary: Sequence[str]) -> NDArray[np.int64]:
    """Give the numbers of the words of each phrase, padded."""
    numbers = {word: number for number, word in enumerate(vocabulary, MARKS)}
    spelled = np.full((len(phrases), max(map(len, phrases), default=1)), PADDING, np.int64)
    for row, phrase in enumerate(phrases):
        spelled[row, : len(phrase)] = [numbers.get(word, UNKNOWN) for word in phrase]
    return spelled


def train(
    network: Network, examples: Examples, settings: TrainingSettings, report: Callable[[int, int, float], None]
) -> float:
    """Train a network, and give its mean loss in nats on ``held_out`` examples, which it does not learn from.

    ``report`` is called with the step, the number of steps and the running loss every hundred steps.
    """
    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.threads)
    chance = np.random.default_rng(settings.seed)
    apart = held_out(examples, settings)
    rows = np.setdiff1d(np.arange(len(examples)), apart)
    steps = max(1, int(settings.epochs * len(rows) / settings.batch))
    optimizer = torch.optim.Adam(network.parameters(), lr=settings.rate, fused=True)
    running, order, at = 0.0, chance.permutation(rows), 0
    for step in range(steps):
        if at and at + settings.batch > len(rows):
            order, at = chance.permutation(rows), 0
        batch = _tensors(examples, np.sort(order[at : at + settings.batch]))
        at += settings.batch
        hidden = (torch.rand(batch[0].shape) < FORGOTTEN) & (batch[0] >= MARKS)
        loss = network(batch[0].masked_fill(hidden, UNKNOWN), *batch[1:])
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min(1.0, (step + 1) / 200) * (1 - step / steps) + 1e-5
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running += (loss.item() - running) * max(0.01, 1 / (step + 1))
        if step % 100 == 99:
            report(step + 1, steps, running)
    return mean_loss(network, examples, apart)


def held_out(examples: Examples, settings: TrainingSettings) -> NDArray[np.int64]:
    """Give the rows of a fiftieth of the examples, to measure the loss on."""
    order = np.random.default_rng(settings.seed + 1).permutation(len(examples))
    return np.sort(order[: len(examples) // 50])


def _tensors(examples: Examples, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    ordered, bag, form, label = (
        torch.from_numpy(column[rows].astype(np.int64))
        for column in (examples.ordered, examples.bag, examples.form, examples.label)
    )
    return ordered, bag, form, label


def mean_loss(network: Network, examples: Examples, rows: NDArray[np.int64], size: int = 4096) -> float:
    """Give the mean loss of a network on some examples, in nats a place."""
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            total += float(network(*_tensors(examples, batch))) * len(batch)
    return total / max(1, len(rows))


def quantise(
    network: Network, choices: Choices, vocabulary: Sequence[str], examples: Examples
) -> tuple[dict[str, NDArray[np.generic]], dict[str, float]]:
    """Round a network to integers: the arrays of a model file, and the steps that ``ContextModel`` needs.

    ``examples`` (some thousands are enough) show how large the values inside the network become.
    """
    with torch.no_grad():
        into, into_step = _rounded(network.into.weight)
        hidden, hidden_step = _rounded(network.hidden.weight.T)
        last, last_step = _rounded(network.last.weight.T)
        vectors = torch.cat([network.phrases(part) for part in torch.arange(len(choices.phrases)).split(4096)])
        out, out_step = _rounded(vectors)
        batch = _tensors(examples, np.arange(min(len(examples), 20_000)))
        context = network.contexts(*batch[:3])
        active_step = _activations(network, *batch[:3]) / SCALE
        context_step = _large(context.abs()) / SCALE
        row, column = (network.table >= 0).nonzero(as_tuple=True)
        bias = torch.zeros(choices.table.shape)
        bias[row, column] = network.biases(row, column, network.table[row, column])
        bias = (bias - bias[:, :1]).numpy()
    pairs = [
        (hash_word(f"{' '.join(form)}\t{' '.join(choices.phrases[number])}"), bias[line, place])
        for line, form in enumerate(choices.forms)
        for place, number in enumerate(choices.table[line])
        if place and number >= 0
    ]
    pairs.sort()
    bias_step = float(max(abs(value) for _, value in pairs)) / SCALE
    word_keys = np.array([hash_word(word) for word in vocabulary], np.uint64)
    phrase_keys = np.array([hash_word(" ".join(phrase)) for phrase in choices.phrases], np.uint64)
    by_word, by_phrase = np.argsort(word_keys), np.argsort(phrase_keys)
    arrays: dict[str, NDArray[Any]] = {
        "context.words": word_keys[by_word],
        "context.in": np.concatenate([into[:MARKS], into[MARKS:][by_word]]),
        "context.phrases": phrase_keys[by_phrase],
        "context.out": out[by_phrase],
        "context.pairs": np.array([key for key, _ in pairs], np.uint64),
        "context.biases": np.array([round(float(value) / bias_step) for _, value in pairs], np.int8),
        "context.hidden": hidden,
        "context.hidden_bias": _rounded_by(network.hidden.bias, into_step * hidden_step),
        "context.last": last,
        "context.last_bias": _rounded_by(network.last.bias, active_step * last_step),
    }
    steps = {
        "hidden_step": into_step * hidden_step / active_step,
        "last_step": active_step * last_step / context_step,
        "score_step": out_step * context_step,
        "bias_step": bias_step,
    }
    return arrays, steps


def _activations(network: Network, ordered: Tensor, bag: Tensor, forms: Tensor) -> float:
    """Give how large the values of the hidden layer become."""
    seen: list[Tensor] = []
    hook = network.hidden.register_forward_hook(lambda _, __, values: seen.append(values))
    network.contexts(ordered, bag, forms)
    hook.remove()
    return _large(torch.relu(seen[0]))


def _large(values: Tensor) -> float:
    flat = values.flatten()
    kept = flat[torch.randperm(len(flat), generator=torch.Generator().manual_seed(1))[:1_000_000]]
    return max(1e-6, float(torch.quantile(kept, CLIPPED)))


def _rounded(weights: Tensor) -> tuple[NDArray[np.int8], float]:
    step = _large(weights.abs()) / SCALE
    return np.clip(np.rint(weights.detach().numpy() / step), -SCALE, SCALE).astype(np.int8), step


def _rounded_by(values: Tensor, step: float) -> NDArray[np.int32]:
    return np.rint(values.detach().numpy() / step).astype(np.int32)
