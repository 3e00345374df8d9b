"""Models behind an OpenAI-compatible HTTP interface: ``openai:name``."""
