"""Where an answer comes from: committed file, local store, or the model itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.errors import (
    ModelUnavailable,
    ProviderError,
    RecordingError,
    RecordingMissing,
)
from pytest_promptevo.providers import kind_of
from pytest_promptevo.recording.record import Recording, best_for, impossible

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers import Provider
    from pytest_promptevo.recording.committed import CommittedFile
    from pytest_promptevo.recording.store import Store

Mode = Literal["none", "missing", "all"]


@dataclass
class Answerer:
    """Answers requests of one suite and counts what they cost.

    Attributes:
        mode: ``none`` replays committed recordings alone, ``missing`` asks for what is not
            recorded, ``all`` asks for everything once more.
        committed: Recordings under version control.
        open_store: Opens the local store, which a replay of committed recordings never needs.
        connect: Model reference to its provider.
        pinned: Model reference to the digest to assume where the model itself is out
            of reach (from the lock).
        run: Name of the run that several processes share, else empty: they keep the limit
            of calls in flight together, and in mode ``all`` share their answers.
        paid: Calls made to models so far.
        digests: Model reference to digest, for the models that were needed so far.
    """

    mode: Mode
    committed: CommittedFile
    open_store: Callable[[], Store]
    connect: Callable[[str], Provider]
    pinned: dict[str, str] = field(default_factory=dict)
    run: str = ""
    paid: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    _fresh: dict[str, list[Recording]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _broken: dict[str, ModelUnavailable] = field(default_factory=dict)
    _asking: dict[tuple[str, int | None], threading.Lock] = field(default_factory=dict)

    @cached_property
    def store(self) -> Store:
        """The local store."""
        return self.open_store()

    def model_digest(self, reference: str) -> str:
        """Returns the model's digest, or the pinned one where the model is out of reach.

        Raises:
            ModelUnavailable: if neither is known.
        """
        with self._lock:
            if reference not in self.digests:
                self._raise_if_broken(reference)
                self.digests[reference] = self._find_digest(reference)
            return self.digests[reference]

    def _find_digest(self, reference: str) -> str:
        pinned = self.pinned.get(reference)
        if self.mode == "none" and pinned:
            return pinned
        if self.mode == "none" and kind_of(reference).needs_server:
            raise RecordingMissing(f"no recording: missing, and none of {reference} in the lock")
        try:
            return self.connect(reference).digest()
        except ModelUnavailable as exc:
            if pinned:
                return pinned
            if self.mode == "none":
                raise RecordingMissing(
                    f"no recording: missing, and {reference} is neither in the lock nor here"
                ) from None
            self._broken.setdefault(reference, exc)
            raise

    def answer(
        self, request: Request, example: str, on_paid: Callable[[], None] = lambda: None
    ) -> Recording:
        """Returns the answer to a request.

        Args:
            request: What to ask.
            example: Id of the example, for messages.
            on_paid: Called if the model was asked for it.

        Raises:
            RecordingMissing: in mode ``none``, if there is no recording.
            ProviderError: if the model had to be asked and could not answer.
        """
        digest = self.model_digest(request.model)
        key = request.key(digest)
        if found := self._recorded(key, request.max_tokens):
            return found
        if self.mode == "none":
            raise RecordingMissing(self._why_missing(request, digest, example))
        with self._lock:
            asking = self._asking.setdefault((key, request.max_tokens), threading.Lock())
        with asking:
            return self._ask(request, digest, key, on_paid)

    def has_changed(self, reference: str) -> bool:
        """Whether a model has, as far as is known, other weights than the lock names."""
        pinned = self.pinned.get(reference)
        return pinned is not None and self.digests.get(reference, pinned) != pinned

    def note_paid(self, calls: int) -> None:
        """Counts calls to models that another process has made for us."""
        with self._lock:
            self.paid += calls

    def is_recorded(self, request: Request) -> bool:
        """Whether a request can be answered without a call."""
        return self._known(request) is not None

    def recorded(self, request: Request) -> Recording:
        """Returns the answer to a request, if it can be had without a call.

        Raises:
            RecordingMissing: if it cannot.
            ModelUnavailable: if it is not known which weights the model has.
        """
        if found := self._known(request):
            return found
        raise RecordingMissing("no recording: missing")

    def kept(self, request: Request) -> Recording:
        """Returns the committed answer to a request or that of the local store, in every mode.

        No model is asked, and none that the lock knows is looked for.

        Raises:
            RecordingMissing: if there is none.
            RecordingError: if the local store cannot be used.
        """
        pinned = self.digests.get(request.model) or self.pinned.get(request.model)
        key = request.key(pinned or self.model_digest(request.model))
        found = self.committed.get(key, request.max_tokens)
        if found := found or self.store.get(key, request.max_tokens):
            return found
        raise RecordingMissing("no recording: missing")

    def _known(self, request: Request) -> Recording | None:
        return self._recorded(request.key(self.model_digest(request.model)), request.max_tokens)

    def _recorded(self, key: str, max_tokens: int | None) -> Recording | None:
        if self.mode == "all":
            found = best_for(self._fresh.get(key, []), max_tokens)
            return found or (self.store.get_of(self.run, key, max_tokens) if self.run else None)
        found = self.committed.get(key, max_tokens)
        return found if found or self.mode == "none" else self.store.get(key, max_tokens)

    def _ask(
        self, request: Request, digest: str, key: str, on_paid: Callable[[], None]
    ) -> Recording:
        limit, coordination = request.max_tokens, self.store.coordination
        while not coordination.claim(key, limit):
            coordination.wait()
            if found := self._recorded(key, limit):
                return found
        try:
            if found := self._recorded(key, limit):
                coordination.release(key, limit)
                return found
            made = Recording.of(request, digest, self.ask_model(request))
        except BaseException:
            coordination.release(key, limit)
            raise
        self.store.put(made, self.run)
        self.note_paid(1)
        on_paid()
        if self.mode == "all":
            with self._lock:
                self._fresh.setdefault(key, []).append(made)
        return made

    def ask_model(self, request: Request) -> Completion:
        """Asks the model, whatever is recorded and in every mode; the answer is kept nowhere.

        Raises:
            ProviderError: if the model cannot answer, or tells figures that no answer has.
        """
        completion = self._generate(request)
        if why := impossible(completion, request.max_tokens):
            raise ProviderError(f"{request.model}: an answer that makes no sense: {why}")
        return completion

    def _generate(self, request: Request) -> Completion:
        self._raise_if_broken(request.model)
        try:
            model = self.connect(request.model)
            if not self.run:
                return model.generate(request)
            with self.store.coordination.slot(request.model, model.concurrency):
                self._raise_if_gone(request.model)
                return self._generate_in_turn(model, request)
        except ModelUnavailable as exc:
            self._broken.setdefault(request.model, exc)
            raise

    def _generate_in_turn(self, model: Provider, request: Request) -> Completion:
        try:
            return model.generate(request)
        except ModelUnavailable:
            if kind_of(request.model).needs_server:
                self.store.coordination.note_outage(self.run, request.model)
            raise

    def _raise_if_gone(self, reference: str) -> None:
        """Spares the processes of a run, which ask in turns, to wait for a server in turns."""
        if self.store.coordination.has_outage(self.run, reference):
            raise ModelUnavailable.again(reference)

    def _raise_if_broken(self, reference: str) -> None:
        if first := self._broken.get(reference):
            raise ModelUnavailable.again(reference, first)

    def _why_missing(self, request: Request, digest: str, example: str) -> str:
        local = self._is_local(request.key(digest), request.max_tokens)
        answered = "; answered locally but not committed" if local else ""
        old = self.committed.by_example.get(example)
        if not old:
            return f"no recording: missing{answered}"
        if old[0].model != digest:
            why = f"the model changed ({old[0].model[:19]} -> {digest[:19]})"
        elif request.messages_key not in {made.messages for made in old}:
            why = "the prompt's text changed"
        elif request.params_key not in {made.params for made in old}:
            why = "a sampling parameter changed"
        else:
            why = "max_tokens changed"
        return f"no recording: stale, {why} since it was made{answered}"

    def _is_local(self, key: str, max_tokens: int | None) -> bool:
        try:
            return self.store.get(key, max_tokens) is not None
        except RecordingError:
            return False
