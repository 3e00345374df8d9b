"""Every name that is told to OpenTelemetry or Sentry.

The conventions for generative AI and feature flags are in development: a name that changes
there changes here and nowhere else.
"""

from __future__ import annotations

SCOPE = "pytest_promptevo"
"""Instrumentation scope."""

OPERATION = "gen_ai.operation.name"
CHAT = "chat"
PROVIDER = "gen_ai.provider.name"
PROMPT_NAME = "gen_ai.prompt.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_ID = "gen_ai.response.id"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
ERROR_TYPE = "error.type"
INVALID_ANSWER = "invalid_answer"

EVALUATION = "gen_ai.evaluation.result"
EVALUATION_NAME = "gen_ai.evaluation.name"
EVALUATION_SCORE = "gen_ai.evaluation.score.value"
EVALUATION_LABEL = "gen_ai.evaluation.score.label"

FLAG = "feature_flag.evaluation"
FLAG_KEY = "feature_flag.key"
FLAG_PROVIDER = "feature_flag.provider.name"
FLAG_VARIANT = "feature_flag.result.variant"
FLAG_REASON = "feature_flag.result.reason"
FLAG_VERSION = "feature_flag.version"
SPLIT = "split"
DEFAULT = "default"
FLAG_SYSTEM = "promptevo"

SUITE = "promptevo.suite"
ARM = "promptevo.arm"
VERSION = "promptevo.allocation"
DECISION = "promptevo.decision"
REPAIRS = "promptevo.repairs"
GUARD = "promptevo.guard"

REWARD = "promptevo.reward"
SHARE = "promptevo.share"
STAGE = "promptevo.stage"

STAGE_CHANGED = "promptevo.stage.changed"
CANDIDATE_DROPPED = "promptevo.candidate.dropped"
STORE_LOST = "promptevo.store.lost"
