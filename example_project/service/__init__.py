"""A small web service whose prompts come from promptevo.lock and learn from feedback.

python -m uvicorn example_project.service.app:app --workers 4
"""
