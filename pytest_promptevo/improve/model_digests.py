"""The digests of a suite's models, as the lock holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluator import Evaluator


def model_digests(evaluator: Evaluator) -> dict[str, str]:
    """Returns role to digest, ``unknown`` for a model that is out of reach."""
    models = sorted(evaluator.suite.prompt.models.items())
    return {role: digest_of(evaluator, reference) for role, reference in models}


def digest_of(evaluator: Evaluator, reference: str) -> str:
    """Returns the digest of a model, ``unknown`` if it is out of reach."""
    try:
        return evaluator.answers.model_digest(reference)
    except PromptEvoError:
        return "unknown"
