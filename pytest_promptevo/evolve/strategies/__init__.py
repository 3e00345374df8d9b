"""Strategies of a population, and the usual loop for comparison."""
