"""Parts of the JSON Schema of the suite file that its models alone do not say."""
