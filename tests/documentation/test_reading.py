"""How samples are found, and when what they show is not what was printed."""

from __future__ import annotations

import pytest

from .matching import difference
from .samples import read_page

PAGE = """\
# Title

<!-- sample: empty -->
```console
$ one
shown
$ two
```

## Some `more`

~~~sh
three
~~~

* an item:
  <!-- sample: not run, takes hours -->
  ```sh
  four
  ```

<!-- sample: stray -->

<!-- sample: judge $ five -->
```
said
```
"""


def test_blocks_are_found_with_the_comment_right_above() -> None:
    page = read_page("a.md", PAGE)
    found = [(each.line, each.name, each.scene, each.why_not) for each in page.samples]
    assert found == [
        (4, "title-1", "empty", ""),
        (12, "some-more-1", "", ""),
        (18, "some-more-2", "not run, takes hours", "takes hours"),
        (25, "some-more-3", "judge", ""),
    ]
    assert page.strays == ["a.md:22: stray"]


def test_commands_are_told_from_what_they_print() -> None:
    first, second, third, last = read_page("a.md", PAGE).samples
    assert first.commands == [("one", "shown\n"), ("two", "")]
    assert second.commands == [("three\n", None)]
    assert third.text == "four\n"
    assert last.commands == [("five", "said\n")]


PRINTED = """\
name    share
------  -------
orders  12.5 %

about 300 of 4c1d9e0f5a, 5e-05 left
the end
"""


@pytest.mark.parametrize(
    "shown",
    [
        PRINTED,
        "name share\n---- ---\norders 3 %\nabout 1,200 of 0123456789, 0.3 left\nthe end\n",
        "...\norders 12.5 %\n...\nthe end\n",
        "name    share\n...\n",
        "name …\n...\nabout ... left\nthe end\n",
    ],
)
def test_figures_and_what_is_left_out_may_differ(shown: str) -> None:
    assert difference(shown, PRINTED) == ""


@pytest.mark.parametrize(
    "shown",
    [
        PRINTED.replace("orders", "order"),
        PRINTED.replace("the end\n", ""),
        PRINTED.replace("name    share\n", ""),
        f"{PRINTED}more\n",
        "...\nthe end\n...\norders 12.5 %\n...\n",
        "...\norders 12.5 %\nthe end\n",
        "orders 12.5 %\n...\n",
        "...\norders 12.5 %\n",
        "name    share\n...\nname    share\n",
    ],
)
def test_other_words_lines_and_orders_are_told(shown: str) -> None:
    assert difference(shown, PRINTED)
