"""llama.cpp in this process: ``embedded:name`` and ``gguf:path``."""
