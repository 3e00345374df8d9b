"""What every part stands on: canonical JSON, text files, YAML, numbers, imports."""
