from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.canonical import (
    canonical_json,
    digest,
    file_sha256,
    text_key,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_the_order_of_keys_does_not_count() -> None:
    assert canonical_json({"b": 1, "a": [1, None]}) == '{"a":[1,null],"b":1}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_what_is_no_json_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        canonical_json(value)


@pytest.mark.parametrize(("one", "other"), [(1, "1"), (1, True), (None, "null"), ([], {})])
def test_digests_tell_types_apart(one: Any, other: Any) -> None:
    assert digest(one) != digest(other)


def test_a_text_that_utf8_cannot_hold_has_a_key() -> None:
    assert text_key("\ud800") != text_key("\ud801")


def test_a_file_is_hashed_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"one")
    first = file_sha256(path)
    path.write_bytes(b"other")
    assert file_sha256(path) != first
