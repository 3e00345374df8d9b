"""Engines in processes of a cluster: calls go there, all that is written stays here."""
