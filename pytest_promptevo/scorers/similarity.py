"""The scorer `similarity`: how near a text is to the expected one in meaning."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shown
from pytest_promptevo.prompt import as_text
from pytest_promptevo.scorers.base import Judged, Scorer

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Example, Output

_EXTRA = "pip install 'pytest-promptevo[similarity]'"
_DIGITS = 4
"""Of a cosine: machines round the others otherwise."""

_MOST_BYTES = 32_000
"""Of a text, whose rest is not compared: a letter that the model does not know takes a vector of
a thousand bytes for each of its own, and both texts are filled up to the longer one."""

_LOADING = threading.Lock()
_loaded: list[Any] = []


def similarity(*, enough: float = 0.8) -> Scorer:
    """1 if the output is as good as the expected text by the cosine of their embeddings.

    Below `enough` it is the cosine itself. The model is that of WordLlama (256 dimensions, MIT),
    which is part of its package: nothing is fetched, and no answer leaves the machine. Of a text
    the first 32,000 bytes are compared.

    Args:
        enough: The cosine from which on the output is right.
    """
    if not is_number(enough) or not 0 < enough <= 1:
        raise ValueError(f"enough must be a number above 0, 1 at most, not {shown(enough)}")
    if find_spec("wordllama") is None:
        raise ValueError(f"it needs a package that is not installed: {_EXTRA}")

    def score(output: Output, example: Example) -> Judged:
        found, expected = output.text.strip(), as_text(example.expected).strip()
        if not (found and expected):
            return Judged(0.0, "there is no text to compare")
        cosine = float(_model().similarity(_beginning(found), _beginning(expected)))
        cosine = round(min(max(cosine, 0.0), 1.0), _DIGITS)
        if cosine >= enough:
            return Judged(1.0)
        return Judged(cosine, f"similarity {cosine:g} to {shown(expected)}, {enough:g} is enough")

    return score


def _beginning(text: str) -> str:
    """Returns as many whole letters as are compared."""
    return text[:_MOST_BYTES].encode(errors="replace")[:_MOST_BYTES].decode(errors="ignore")


def _model() -> Any:
    """Returns the model, loaded once in a process."""
    with _LOADING:
        if not _loaded:
            import wordllama

            # Weights and tokenizer are in the package; by itself it looks for the latter elsewhere.
            own = Path(wordllama.__file__).parent
            _loaded.append(wordllama.WordLlama.load(cache_dir=own, disable_download=True))
    return _loaded[0]
