"""One prompt for tests and production: what is asked under a genome, what an answer means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.prompt.layout import arranged
from pytest_promptevo.prompt.output import Output, OutputSpec, parse
from pytest_promptevo.prompt.request import Message, Request
from pytest_promptevo.prompt.template import (
    BUILT_IN,
    PLACEHOLDER,
    Template,
    as_text,
    render,
    sampling,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pytest_promptevo.prompt.example import Example


@dataclass(frozen=True)
class Prompt:
    """All that a genome needs to become requests, and an answer to become an output.

    Attributes:
        output: What a valid output is.
        models: Role to model reference.
        template: The texts, or None where a function of the user's own does the asking.
        pool: Few-shot examples by id.
    """

    output: OutputSpec
    models: Mapping[str, str]
    template: Template | None = None
    pool: Mapping[str, Example] = field(default_factory=dict)

    def reference(self, genome: Mapping[str, Any]) -> str:
        """Returns the reference of the model that the genome asks."""
        return self.models[genome["model"]]

    def request(
        self,
        genome: Mapping[str, Any],
        inputs: Mapping[str, Any],
        *,
        without: Collection[str] = (),
        draw: int = 0,
    ) -> Request:
        """Renders the first request for some inputs.

        Args:
            genome: Values of the genes.
            inputs: Values of the ``{{name}}`` placeholders that are no genes.
            without: Ids of few-shot examples to leave out: nothing is its own example.
            draw: Number of the draw, at a temperature above 0.

        Raises:
            KeyError: for a placeholder that neither genome nor inputs define.
            ValueError: if there is no template.
        """
        if self.template is None:
            raise ValueError("a suite with a target has no request of its own")
        shots = self.shots(genome, without=without)
        template = arranged(self.template, genome, self.output)
        messages = render(template, genome, inputs, shots)
        return self.request_of(genome, messages, draw=draw)

    def shots(self, genome: Mapping[str, Any], *, without: Collection[str] = ()) -> list[Example]:
        """Returns the genome's few-shot examples but for some ids."""
        return [self.pool[name] for name in genome.get("shots", ()) if name not in without]

    def request_of(
        self, genome: Mapping[str, Any], messages: tuple[Message, ...], *, draw: int = 0
    ) -> Request:
        """Returns the request that asks a genome's model about messages."""
        schema = self.output.json_schema if self.output.constrain else None
        return Request(self.reference(genome), messages, sampling(genome), schema, draw)

    def inputs(self, genome: Mapping[str, Any]) -> set[str]:
        """Returns the names of the placeholders that are to be filled with inputs."""
        if self.template is None:
            return set()
        used = self.template.names()
        genes = {name: as_text(genome[name]) for name in genome if name not in BUILT_IN}
        inner = {name for gene in used & set(genes) for name in PLACEHOLDER.findall(genes[gene])}
        return (used - set(genes)) | inner

    def parse(self, genome: Mapping[str, Any], text: str) -> Output:
        """Parses a raw answer to a request of a genome."""
        return parse(self.output, text, cot=bool(genome.get("cot")))
