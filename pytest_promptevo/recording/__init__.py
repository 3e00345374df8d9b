"""Recorded answers: committed files for locked genomes, a local store for the search."""

from pytest_promptevo.recording.answerer import Answerer, Mode
from pytest_promptevo.recording.committed import (
    Answered,
    CommittedFile,
    committed_digest,
    committed_text,
    salvage_committed,
    salvage_text,
    write_committed,
)
from pytest_promptevo.recording.record import Recording

__all__ = [
    "Answered",
    "Answerer",
    "CommittedFile",
    "Mode",
    "Recording",
    "committed_digest",
    "committed_text",
    "salvage_committed",
    "salvage_text",
    "write_committed",
]
