"""How fast a model is: milliseconds per token, so that latencies compare under any load."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LEAST_R2 = 0.9
"""From this share of explained variance on, speeds stand for what was measured."""

LEAST_ROWS = 6
"""With fewer answers than this nobody can tell whether tokens explain their latency."""

_KEPT = 0.8
_LEAST_SPREAD = 0.5
_ROUNDS = 40
_PULL = 1e-4


class Timing(NamedTuple):
    """What one answer took.

    Attributes:
        prompt_tokens: Tokens of the prompt that were worked on, cached ones left out.
        completion_tokens: Tokens generated.
        latency_ms: Milliseconds of both.
        prompt_ms: Milliseconds of the prompt alone, where the engine tells them apart.
    """

    prompt_tokens: float
    completion_tokens: float
    latency_ms: float
    prompt_ms: float | None = None


@dataclass(frozen=True)
class Speed:
    """The speed of a model: latency is the sum of tokens x milliseconds per token.

    Attributes:
        prompt_ms: Milliseconds per token of a prompt.
        completion_ms: Milliseconds per generated token.
        r2: How well that explains the latencies that it was fitted to (see `explained`).
        n: Number of answers it was fitted to; 0 where that is no longer known.
    """

    prompt_ms: float
    completion_ms: float
    r2: float
    n: int = 0

    @property
    def is_good(self) -> bool:
        """Whether modelled latencies may stand for measured ones."""
        return self.r2 >= LEAST_R2

    def latency_ms(self, prompt_tokens: float, completion_tokens: float) -> float:
        """Returns the modelled latency of an answer whose prompt is not cached."""
        return self.prompt_ms * prompt_tokens + self.completion_ms * completion_tokens


def fit_speed(rows: Iterable[tuple[float, float, float] | Timing]) -> Speed:
    """Fits the speed of a model to answers, by least absolute deviations.

    A fifth of the answers may be off by any factor. Where the engine tells the time of the
    prompt apart, each rate has a fit of its own. Where it does not, and the numbers of tokens
    hardly vary, both rates are drawn to one rate for all tokens: they predict well what is
    alike, though nobody can tell them apart.

    Returns:
        The speed with four significant digits, as the lock keeps it; its ``r2`` is 0 for fewer
        than `LEAST_ROWS` answers.
    """
    timings = [Timing(*row) for row in rows]
    if not timings:
        return Speed(0.0, 0.0, 0.0)
    told = [(each, each.prompt_ms) for each in timings if each.prompt_ms is not None]
    if len(told) == len(timings):
        prompt = _rate([(each.prompt_tokens, ms) for each, ms in told])
        rest = [(each.completion_tokens, max(each.latency_ms - ms, 0.0)) for each, ms in told]
        completion = _rate(rest)
    else:
        prompt, completion = _rates(timings)
    speed = Speed(_rounded(prompt), _rounded(completion), 0.0, len(timings))
    return Speed(speed.prompt_ms, speed.completion_ms, explained(speed, timings), speed.n)


def explained(speed: Speed, rows: Sequence[Timing]) -> float:
    """Returns the share of the variance of latencies that a speed explains, in [0, 1].

    The fifth of the answers that fits worst is left out (least trimmed squares, Rousseeuw
    1984), so that single hiccups do not condemn a speed. Latencies that hardly vary need no
    explanation: their standard deviation counts as half their mean at least, so that a share
    of 0.9 means an error of at most 16 % of it. A prefix cache nobody told of, and a machine
    that was three times slower for a while, do not pass.
    """
    if len(rows) < LEAST_ROWS:
        return 0.0
    errors = sorted((abs(row.latency_ms - speed.latency_ms(*row[:2])), row) for row in rows)
    kept = errors[: round(_KEPT * len(errors))]
    mean = fmean(row.latency_ms for _, row in kept)
    spread = fmean((row.latency_ms - mean) ** 2 for _, row in kept)
    spread = max(spread, (_LEAST_SPREAD * mean) ** 2)
    if not spread:
        return 0.0
    return _rounded(max(0.0, 1.0 - fmean(error * error for error, _ in kept) / spread))


def _rate(pairs: Sequence[tuple[float, float]]) -> float:
    """Returns milliseconds per token: the median of the ratios, weighted by the tokens.

    That is the fit of least absolute deviations through the origin.
    """
    ratios = sorted((ms / tokens, tokens) for tokens, ms in pairs if tokens > 0)
    half = sum(tokens for _, tokens in ratios) / 2
    for ratio, tokens in ratios:
        half -= tokens
        if half <= 0:
            return ratio
    return 0.0


def _rates(rows: Sequence[Timing]) -> tuple[float, float]:
    """Fits both rates to the sums of milliseconds: least squares, weighted again and again.

    Weights of 1 / |error| make least absolute deviations of least squares (Schlossmacher 1973).
    """
    scale = median(row.latency_ms for row in rows) or 1.0
    joint = _rate([(row.prompt_tokens + row.completion_tokens, row.latency_ms) for row in rows])
    prompt = completion = joint
    for _ in range(_ROUNDS):
        weights = [
            1 / max(abs(ms - prompt * asked - completion * made), 1e-3 * scale)
            for asked, made, ms, _ in rows
        ]
        prompt, completion = _weighted(rows, weights, joint, _PULL / scale)
    return prompt, completion


def _weighted(
    rows: Sequence[Timing], weights: Sequence[float], joint: float, pull: float
) -> tuple[float, float]:
    """Returns the rates of least squares from 0 on, drawn a little to one rate for all tokens."""
    pull_p = pull * sum(row.prompt_tokens**2 for row in rows)
    pull_c = pull * sum(row.completion_tokens**2 for row in rows)
    pairs = list(zip(weights, rows, strict=True))
    pp = sum(weight * row.prompt_tokens**2 for weight, row in pairs)
    cc = sum(weight * row.completion_tokens**2 for weight, row in pairs)
    pc = sum(weight * row.prompt_tokens * row.completion_tokens for weight, row in pairs)
    py = sum(weight * row.prompt_tokens * row.latency_ms for weight, row in pairs)
    cy = sum(weight * row.completion_tokens * row.latency_ms for weight, row in pairs)
    py, cy, pp, cc = py + pull_p * joint, cy + pull_c * joint, pp + pull_p, cc + pull_c
    if not (pp and cc):
        return (py / pp if pp else 0.0), (cy / cc if cc else 0.0)
    determinant = pp * cc - pc * pc
    prompt, completion = (py * cc - cy * pc) / determinant, (cy * pp - py * pc) / determinant
    if prompt < 0:
        return 0.0, max(cy / cc, 0.0)
    if completion < 0:
        return max(py / pp, 0.0), 0.0
    return prompt, completion


def _rounded(number: float) -> float:
    return float(f"{number:.4g}")
