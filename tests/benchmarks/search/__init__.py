"""Races search strategies on tables of real model answers; see README.md."""
