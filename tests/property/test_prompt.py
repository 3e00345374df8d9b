from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.prompt import Example, Message, Request, Template, as_text, render, substitute
from pytest_promptevo.prompt.template import PLACEHOLDER

from .strategies import json_values, texts

LOOKS = ["{{m}}", "{{ how }}", "{{secret}}", "{", "}", "{{", "}}", r"\1", "%s", "${m}", "{% m %}"]
sneaky = st.lists(st.sampled_from(LOOKS) | texts, max_size=5).map("".join)
bare = texts.filter(lambda text: not PLACEHOLDER.search(text))


@given(sneaky, sneaky)
def test_what_an_input_holds_is_never_touched(text: str, other: str) -> None:
    values = {"m": text, "how": other}
    assert substitute("<{{m}}|{{ how }}|{{m}}>", values) == f"<{text}|{other}|{text}>"


@given(json_values)
def test_any_value_can_be_an_input(value: Any) -> None:
    assert substitute("<{{m}}>", {"m": value}) == f"<{as_text(value)}>"


@given(bare)
def test_a_text_without_names_stays_as_it_is(text: str) -> None:
    assert substitute(text, {}) == text


@given(sneaky, bare, sneaky)
def test_rendering_keeps_inputs_and_shots_whole(text: str, how: str, shot: str) -> None:
    shots = [Example("s", {"m": f"<{shot}>"}, f"={shot}=")]
    turns = render(Template("{{how}}:{{m}}."), {"how": f"<{how}"}, {"m": text + "!"}, shots)
    assert [turn.content for turn in turns] == [
        f"<{how}:<{shot}>.",
        f"={shot}=",
        f"<{how}:{text}!.",
    ]


params = st.dictionaries(
    st.sampled_from(["temperature", "top_p", "seed", "max_tokens", "num_ctx"]),
    st.integers(0, 3),
    max_size=4,
)


@given(params, texts)
def test_keys_do_not_depend_on_the_order_of_parameters(given_: dict[str, int], text: str) -> None:
    turns = (Message("user", text),)
    backwards = dict(reversed(given_.items()))
    assert Request("m", turns, given_).key("d") == Request("m", turns, backwards).key("d")


@given(texts, texts)
def test_other_messages_have_other_keys(one: str, other: str) -> None:
    keys = [Request("m", (Message("user", text),)).key("d") for text in (one, other)]
    assert (keys[0] == keys[1]) is (one == other)
