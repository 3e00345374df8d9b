"""Models of Ollama servers: ``ollama:name:tag``."""
