"""Whole nights, on a real project with a real store."""
