from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.prompt import (
    Example,
    Message,
    Request,
    Template,
    render,
    sampling,
    substitute,
)
from pytest_promptevo.prompt.template import COT_INSTRUCTION

SHOTS = [Example("s1", {"m": "in 1"}, "out 1"), Example("s2", {"m": "in 2"}, {"b": 1})]


def ask(text: str = "x", *, schema: Any = None, replicate: int = 0, **params: Any) -> Request:
    return Request("scripted:a:b", (Message("user", text),), params, schema, replicate)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hi {{name}}!", "Hi Bo!"),
        ("{{ name }}{{name}}", "BoBo"),
        ("{{\tname}}", "Bo"),
        ("{name} {} { {name} }", "{name} {} { {name} }"),
        ('{"a": {"b": "{{name}}"}}', '{"a": {"b": "Bo"}}'),
        ("{{{name}}}", "{Bo}"),
        ("{{}} {{1a}} {{a b}} {{a.b}} {{a|b}}", "{{}} {{1a}} {{a b}} {{a.b}} {{a|b}}"),
        ("{{ name", "{{ name"),
        ("{% if x %} ${name} %(name)s \\1", "{% if x %} ${name} %(name)s \\1"),
    ],
)
def test_only_names_in_double_braces_are_replaced(text: str, filled: str) -> None:
    assert substitute(text, {"name": "Bo"}) == filled


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (None, "null"),
        (True, "true"),
        (["é", 1], '["é", 1]'),
        ({"a": 1.5}, '{"a": 1.5}'),
        ("{{name}}", "{{name}}"),
        (r"\g<0>", r"\g<0>"),
    ],
)
def test_values_that_are_no_text_become_json(value: Any, text: str) -> None:
    assert substitute("{{name}}", {"name": value}) == text


def test_an_undefined_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="nme"):
        substitute("{{nme}}", {"name": 1})


def test_genes_are_filled_in_before_inputs() -> None:
    messages = render(Template("{{how}}"), {"how": "Read: {{m}}"}, {"m": "text"})
    assert messages == (Message("user", "Read: text"),)


def test_an_input_is_never_read_as_a_template() -> None:
    inputs = {"m": "{{how}} {{m}} {{secret}}"}
    (turn,) = render(Template("{{how}} {{m}}"), {"how": "Read:"}, inputs)
    assert turn.content == "Read: {{how}} {{m}} {{secret}}"


@pytest.mark.parametrize("persona", ["", "  \n"])
def test_a_blank_system_turn_is_dropped(persona: str) -> None:
    messages = render(Template("{{m}}", "{{persona}}"), {"persona": persona}, {"m": "x"})
    assert [turn.role for turn in messages] == ["user"]


def test_a_system_turn_comes_first() -> None:
    messages = render(Template("{{m}}", "{{persona}}"), {"persona": "Be exact."}, {"m": "x"})
    assert messages == (Message("system", "Be exact."), Message("user", "x"))


def test_shots_are_turns_in_their_order() -> None:
    messages = render(Template("Q: {{m}}"), {"shots": ("s2", "s1")}, {"m": "x"}, SHOTS[::-1])
    assert [(turn.role, turn.content) for turn in messages] == [
        ("user", "Q: in 2"),
        ("assistant", '{"b": 1}'),
        ("user", "Q: in 1"),
        ("assistant", "out 1"),
        ("user", "Q: x"),
    ]


def test_an_example_is_never_its_own_shot() -> None:
    messages = render(Template("{{m}}"), {}, {"m": "in 1"}, SHOTS)
    assert [turn.content for turn in messages] == ["in 2", '{"b": 1}', "in 1"]


def test_thinking_first_is_asked_for_and_shown() -> None:
    messages = render(Template("{{m}}\n"), {"cot": True}, {"m": "x"}, SHOTS[:1])
    assert [turn.content for turn in messages] == [
        f"in 1\n{COT_INSTRUCTION}",
        "Answer: out 1",
        f"x\n{COT_INSTRUCTION}",
    ]


def test_the_template_knows_its_names() -> None:
    assert Template("{{a}} {{ b }} {c}", "{{a}}{{d}}").names() == {"a", "b", "d"}


def test_only_sampling_genes_go_to_the_engine() -> None:
    genome = {"temperature": 0.5, "stop": ("a",), "cot": True, "model": "m", "text": "x"}
    assert sampling(genome) == {"temperature": 0.5, "stop": ("a",)}


@pytest.mark.parametrize("params", [{"top_p": 0.5}, {"top_k": 4}, {"min_p": 0.1}, {"seed": 7}])
@pytest.mark.parametrize("greedy", [{"temperature": 0}, {"temperature": 0.0}, {}])
def test_at_temperature_0_what_has_no_say_drops_out_of_the_key(
    params: dict[str, Any], greedy: dict[str, Any]
) -> None:
    assert ask(**params, **greedy).key("d") == ask(temperature=0).key("d")


def test_at_temperature_0_the_number_of_the_draw_drops_out() -> None:
    assert ask(temperature=0, replicate=3).key("d") == ask(temperature=0).key("d")


@pytest.mark.parametrize(
    "other",
    [
        ask(temperature=0.6),
        ask(temperature=0),
        ask(temperature=0.5, top_p=0.5),
        ask(temperature=0.5, top_k=1),
        ask(temperature=0.5, min_p=0.1),
        ask(temperature=0.5, seed=1),
        ask(temperature=0.5, replicate=1),
        ask(temperature=0.5, repeat_penalty=1.1),
        ask(temperature=0.5, stop=("\n",)),
        ask(temperature=0.5, num_ctx=512),
        ask(temperature=0.5, think=True),
        ask(temperature=0.5, schema={"type": "object"}),
        ask("y", temperature=0.5),
        Request("scripted:a:b", (Message("system", "x"),), {"temperature": 0.5}),
    ],
)
def test_what_decides_the_answer_is_in_the_key(other: Request) -> None:
    assert other.key("d") != ask(temperature=0.5).key("d")


@pytest.mark.parametrize("name", ["repeat_penalty", "stop", "num_ctx", "think"])
def test_what_counts_without_chance_stays_in_the_key(name: str) -> None:
    assert ask(temperature=0, **{name: 1}).key("d") != ask(temperature=0).key("d")


def test_the_model_is_in_the_key_by_its_digest_alone() -> None:
    same = Request("scripted:other:name", ask().messages, ask().params)
    assert same.key("d") == ask().key("d") != ask().key("other")


@pytest.mark.parametrize("params", [{"max_tokens": 8}, {"max_tokens": None}, {"top_p": None}])
def test_the_token_limit_and_what_is_not_set_are_not_in_the_key(params: dict[str, Any]) -> None:
    assert ask(temperature=0.5, **params).key("d") == ask(temperature=0.5).key("d")


def test_turns_are_not_confused_with_their_texts() -> None:
    one = Request("m", (Message("user", "a"), Message("user", "b")))
    other = Request("m", (Message("user", 'a"],["user","b'),))
    assert one.messages_key != other.messages_key


def test_no_two_examples_share_the_luck_of_a_draw() -> None:
    requests = [
        ask(f"text {text}", temperature=0.5, seed=seed, replicate=draw)
        for text in range(20)
        for seed in range(3)
        for draw in range(3)
    ]
    seeds = {request.engine_seed for request in requests}
    assert len(seeds) == len(requests)
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert ask("x", seed=3, replicate=1).engine_seed == ask("x", seed=3, replicate=1).engine_seed
    assert ask("x", temperature=0.5).engine_seed == ask("x", temperature=0.9).engine_seed
