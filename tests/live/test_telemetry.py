"""What OpenTelemetry and Sentry hear of live traffic: with their real SDKs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import sentry_sdk
from live.scene import SUITE, TEXTS, Scene
from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv._incubating.attributes import feature_flag_attributes as flags
from opentelemetry.semconv._incubating.attributes import gen_ai_attributes as gen_ai
from opentelemetry.semconv.attributes import error_attributes

from pytest_promptevo import telemetry
from pytest_promptevo.prompt import Completion
from pytest_promptevo.runtime import InvalidAnswer, live
from pytest_promptevo.state.events import CandidateDropped, StageChanged, StoreLost, emit
from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.sdk._logs import ReadableLogRecord

SECRETS = ("Read", "Find", "Copy", "very private", "the answer")


class Sdk:
    """An application's SDK: all three signals, in memory."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.logs = InMemoryLogRecordExporter()
        self.reader = InMemoryMetricReader()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(self.spans))
        loggers = LoggerProvider()
        loggers.add_log_record_processor(SimpleLogRecordProcessor(self.logs))
        trace.set_tracer_provider(tracers)
        _logs.set_logger_provider(loggers)
        metrics.set_meter_provider(MeterProvider([self.reader]))

    def events(self, name: str) -> list[ReadableLogRecord]:
        return [
            each for each in self.logs.get_finished_logs() if each.log_record.event_name == name
        ]

    def points(self, name: str) -> dict[tuple[Any, ...], Any]:
        """Returns the points of a metric, by the values of their attributes."""
        data = self.reader.get_metrics_data()
        return {
            tuple(point.attributes.values()): point
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        }


@pytest.fixture(scope="module")
def the_sdk() -> Sdk:
    """The process's SDK: OpenTelemetry takes one and no other."""
    return Sdk()


@pytest.fixture
def sdk(the_sdk: Sdk) -> Iterator[Sdk]:
    end = telemetry.opentelemetry()
    the_sdk.spans.clear()
    the_sdk.logs.clear()
    yield the_sdk
    end()


@pytest.fixture
def scene(tmp_path: Any) -> Scene:
    return Scene(tmp_path)


def answer_of(text: str) -> Any:
    return lambda _request: Completion(text, 30, 4, 25.0)


def test_an_answer_is_a_span_by_the_conventions(scene: Scene, sdk: Sdk) -> None:
    tracer = trace.get_tracer("application")
    with live(scene.lock, SUITE) as orders, tracer.start_as_current_span("request") as parent:
        turn = orders.choose()
        turn.answer(answer_of("42"), m="x")
    span = sdk.spans.get_finished_spans()[0]
    assert (span.name, span.kind) == ("chat live.model:answer", trace.SpanKind.CLIENT)
    assert span.attributes == {
        gen_ai.GEN_AI_OPERATION_NAME: "chat",
        gen_ai.GEN_AI_PROVIDER_NAME: "scripted",
        gen_ai.GEN_AI_PROMPT_NAME: SUITE,
        gen_ai.GEN_AI_REQUEST_MODEL: "live.model:answer",
        gen_ai.GEN_AI_RESPONSE_ID: turn.id,
        gen_ai.GEN_AI_USAGE_INPUT_TOKENS: 30,
        gen_ai.GEN_AI_USAGE_OUTPUT_TOKENS: 4,
        "promptevo.arm": turn.arm,
        "promptevo.repairs": 0,
    }
    assert span.parent is not None
    assert span.parent.span_id == parent.get_span_context().span_id
    assert span.start_time is not None
    assert span.end_time == span.start_time + 25_000_000


def test_an_invalid_answer_is_a_span_with_an_error(scene: Scene, sdk: Sdk) -> None:
    with live(scene.lock, SUITE) as orders, pytest.raises(InvalidAnswer):
        orders.choose().answer(answer_of(""), m="x")
    (span,) = sdk.spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes[error_attributes.ERROR_TYPE] == "invalid_answer"
    assert span.status.status_code is trace.StatusCode.ERROR
    labels = [
        (each.log_record.attributes or {}).get(gen_ai.GEN_AI_EVALUATION_SCORE_LABEL)
        for each in sdk.events("gen_ai.evaluation.result")
    ]
    assert labels == [None, None, "invalid"]


def test_async_answers_are_children_of_their_own_request(scene: Scene, sdk: Sdk) -> None:
    tracer = trace.get_tracer("application")
    parents = {}

    async def serve(orders: Any, name: str) -> None:
        with tracer.start_as_current_span(name) as parent:
            turn = orders.choose()
            parents[turn.id] = parent.get_span_context().span_id

            async def ask(_request: Any) -> str:
                await anyio.sleep(0.01)
                return "42"

            await turn.aanswer(ask, m="x")

    async def serve_both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(serve, orders, "one")
            tasks.start_soon(serve, orders, "two")

    with live(scene.lock, SUITE) as orders:
        anyio.run(serve_both)
    chats = [span for span in sdk.spans.get_finished_spans() if span.name.startswith("chat ")]
    found = {
        (span.attributes or {})[names.RESPONSE_ID]: span.parent and span.parent.span_id
        for span in chats
    }
    assert found == parents


def test_each_measure_of_an_outcome_is_an_event_of_the_answers_span(scene: Scene, sdk: Sdk) -> None:
    with live(scene.lock, SUITE) as orders:
        turn = orders.choose()
        turn.answer(answer_of("42"), m="x")
        assert turn.report(0.25)
        assert not turn.report(1.0)
    (span,) = sdk.spans.get_finished_spans()
    records = [each.log_record for each in sdk.events("gen_ai.evaluation.result")]
    told = {
        (record.attributes or {})[gen_ai.GEN_AI_EVALUATION_NAME]: (record.attributes or {})[
            gen_ai.GEN_AI_EVALUATION_SCORE_VALUE
        ]
        for record in records
    }
    assert len(records) == 3
    assert (told["quality"], told["validity"]) == (0.25, 1.0)
    assert 0 < told["reward"] < 1  # type: ignore[operator]
    for record in records:
        assert span.context is not None
        assert (record.trace_id, record.span_id) == (span.context.trace_id, span.context.span_id)
        assert (record.attributes or {})[gen_ai.GEN_AI_RESPONSE_ID] == turn.id
        assert (record.attributes or {})[gen_ai.GEN_AI_PROMPT_NAME] == SUITE


def test_a_report_by_another_process_is_an_event_that_names_the_decision(
    scene: Scene, sdk: Sdk
) -> None:
    with live(scene.lock, SUITE) as orders:
        turn = orders.choose()
        orders.report(turn.id, quality=1.0)
    for each in sdk.events("gen_ai.evaluation.result"):
        assert each.log_record.span_id == 0
        assert (each.log_record.attributes or {})[names.RESPONSE_ID] == turn.id


def test_a_choice_is_the_evaluation_of_a_feature_flag(
    scene: Scene, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live(scene.lock, SUITE) as orders:
        turn = orders.choose()
    monkeypatch.setenv("PROMPTEVO_LIVE", "off")
    with live(scene.lock, SUITE) as orders:
        locked = orders.choose()
    told = [each.log_record.attributes for each in sdk.events("feature_flag.evaluation")]
    common = {flags.FEATURE_FLAG_KEY: SUITE, flags.FEATURE_FLAG_PROVIDER_NAME: "promptevo"}
    assert told == [
        {
            **common,
            flags.FEATURE_FLAG_RESULT_VARIANT: each.arm,
            flags.FEATURE_FLAG_RESULT_REASON: reason,
            flags.FEATURE_FLAG_VERSION: version,
            "promptevo.decision": each.id,
        }
        for each, reason, version in ((turn, "split", "1"), (locked, "default", "0"))
    ]


def test_rewards_shares_and_stages_are_metrics(
    scene: Scene, sdk: Sdk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live(scene.lock, SUITE) as orders:
        before = {arm: point.count for arm, point in sdk.points("promptevo.reward").items()}
        turns = [orders.choose() for _ in range(300)]
        for turn in turns[:50]:
            turn.report(1.0)
        rewards = sdk.points("promptevo.reward")
        counts = {arm: point.count - before.get(arm, 0) for arm, point in rewards.items()}
        assert sum(counts.values()) == 50
        assert {point.explicit_bounds for point in rewards.values()} == {
            tuple(number / 10 for number in range(11))
        }
        shares = {arm: point.value for (_, arm), point in sdk.points("promptevo.share").items()}
        assert shares == {turn.arm: turn.share for turn in turns}
        assert sum(shares.values()) == pytest.approx(1)
        assert [point.value for point in sdk.points("promptevo.stage").values()] == [0]
    monkeypatch.setenv("PROMPTEVO_LIVE", "off")
    with live(scene.lock, SUITE) as orders:
        orders.choose()
    shares = {arm: point.value for (_, arm), point in sdk.points("promptevo.share").items()}
    assert shares == {scene.arms.control.id: 1.0}
    assert [point.value for point in sdk.points("promptevo.stage").values()] == [-1]


def test_what_becomes_of_a_rollout_is_an_event(sdk: Sdk) -> None:
    emit(StageChanged(SUITE, 1, "fine"))
    emit(CandidateDropped(SUITE, "abc", "slow", "its answers are slow"))
    emit(StoreLost(SUITE, "gone"))
    told = [
        (record.event_name, record.body, record.severity_text)
        for record in (each.log_record for each in sdk.logs.get_finished_logs())
    ]
    assert told == [
        ("promptevo.stage.changed", "fine", "INFO"),
        ("promptevo.candidate.dropped", "its answers are slow", "WARN"),
        ("promptevo.store.lost", "gone", "WARN"),
    ]


def test_no_text_of_a_message_is_told(scene: Scene, sdk: Sdk, sent: list[Any]) -> None:
    with live(scene.lock, SUITE, redact=lambda inputs: inputs) as orders:
        for _ in range(20):
            turn = orders.choose()
            turn.answer(answer_of("the answer"), m="very private")
            turn.report(0.0, expected="very private")
    emit(CandidateDropped(SUITE, turn.arm, "reward", "worse"))
    sentry_sdk.capture_message("something of the application's")
    told = [span.to_json() for span in sdk.spans.get_finished_spans()]
    told += [each.to_json() for each in sdk.logs.get_finished_logs()]
    told += [str(event) for event in sent]
    assert len(told) > 100
    assert not [text for text in told for secret in SECRETS if secret in text]


def test_subscribing_twice_tells_once_and_ending_tells_no_more(scene: Scene, sdk: Sdk) -> None:
    end = telemetry.opentelemetry()
    with live(scene.lock, SUITE) as orders:
        orders.choose()
        assert len(sdk.events("feature_flag.evaluation")) == 1
        assert sdk.points("promptevo.stage")
        end()
        end()
        orders.choose()
        assert len(sdk.events("feature_flag.evaluation")) == 1
        assert not sdk.points("promptevo.stage")


@pytest.fixture
def sent() -> Iterator[list[Any]]:
    """What an application sends to Sentry; the network is not touched."""
    events: list[Any] = []

    def keep(event: Any, _hint: Any) -> None:
        events.append(event)

    sentry_sdk.init(
        dsn="https://key@localhost:1/1",
        before_send=keep,
        default_integrations=False,
        auto_session_tracking=False,
        send_client_reports=False,
    )
    end = telemetry.sentry()
    with sentry_sdk.isolation_scope():
        yield events
    end()
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


def test_errors_of_a_request_have_tags_of_what_was_chosen(scene: Scene, sent: list[Any]) -> None:
    with live(scene.lock, SUITE) as orders, sentry_sdk.isolation_scope():
        turn = orders.choose()
        sentry_sdk.capture_exception(RuntimeError("of the application"))
    (event,) = sent
    assert event["tags"] == {
        "promptevo.suite": SUITE,
        "promptevo.arm": turn.arm,
        "promptevo.allocation": "1",
    }


def test_a_dropped_candidate_is_one_issue_for_each_guard(sent: list[Any]) -> None:
    drops = [("a", "reward"), ("a", "reward"), ("a", "slow"), ("b", "reward"), ("b", "")]
    for arm, guard in drops:
        emit(CandidateDropped(SUITE, arm, guard, "it is worse"))
    assert len(sent) == 4
    assert len({tuple(event["fingerprint"]) for event in sent}) == 3
    assert sent[0]["message"] == "orders: candidate a was dropped: it is worse"
    assert sent[0]["level"] == "warning"
    assert sent[2]["tags"] == {
        "promptevo.suite": SUITE,
        "promptevo.arm": "a",
        "promptevo.guard": "slow",
    }


def test_a_real_rollout_that_drops_its_candidate_is_an_issue(
    tmp_path: Any, sent: list[Any]
) -> None:
    from pytest_promptevo.commands.main import main

    scene = Scene(tmp_path, texts=(TEXTS[0], TEXTS[2]))
    with live(scene.lock, SUITE) as orders:
        for _ in range(1500):
            turn = orders.choose()
            turn.report(float(turn.genome["how"] == TEXTS[0]))
    main(["tick", "--lock", str(scene.lock)])
    (event,) = sent
    assert "its reward is lower" in event["message"]
    assert event["fingerprint"][1:] == [scene.lineup.candidates[0], "reward", SUITE]


def test_a_lost_store_is_one_issue_for_each_suite(sent: list[Any]) -> None:
    emit(StoreLost(SUITE, "gone"))
    emit(StoreLost(SUITE, "gone again"))
    emit(StoreLost("other", "gone"))
    assert len({tuple(event["fingerprint"]) for event in sent}) == 2


def test_a_tool_that_breaks_does_not_reach_the_application(
    scene: Scene, sdk: Sdk, sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("broken")

    for owner, name in (
        (sdk.spans, "export"),
        (sdk.logs, "export"),
        (sentry_sdk.Scope, "set_tag"),
        (trace.ProxyTracer, "start_span"),
    ):
        monkeypatch.setattr(owner, name, broken)
    with live(scene.lock, SUITE) as orders:
        turn = orders.choose()
        assert turn.answer(answer_of("42"), m="x").text == "42"
        assert turn.report(1.0)


def test_without_an_sdk_nothing_is_told_and_nothing_fails(scene: Scene) -> None:
    code = f"""
from pytest_promptevo import telemetry
from pytest_promptevo.runtime import live
telemetry.opentelemetry(), telemetry.sentry()
with live({str(scene.lock)!r}, {SUITE!r}) as orders:
    turn = orders.choose()
    turn.answer(lambda request: "42", m="x")
    assert turn.report(1.0)
import sys
assert not [name for name in sys.modules if name.startswith("opentelemetry.sdk")]
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("module", "call", "extra"),
    [("opentelemetry", "opentelemetry", "otel"), ("sentry_sdk", "sentry", "sentry")],
)
def test_a_missing_package_is_told_with_what_to_install(module: str, call: str, extra: str) -> None:
    code = f"""
import sys
sys.modules[{module!r}] = None
from pytest_promptevo import telemetry
from pytest_promptevo.errors import SettingsError
try:
    telemetry.{call}()
except SettingsError as exc:
    print(exc)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert f"pip install 'pytest-promptevo[{extra}]'" in done.stdout


def test_the_names_of_the_conventions_are_theirs() -> None:
    theirs = {
        value
        for module in (gen_ai, flags, error_attributes)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    }
    ours = {
        value
        for name, value in vars(names).items()
        if name.isupper() and value.startswith(("gen_ai.", "feature_flag.", "error."))
    }
    assert ours - theirs == {names.EVALUATION, names.FLAG}  # names of events
