"""Asks a model for better texts: one shape of question, an answer in slots, and what it costs."""
