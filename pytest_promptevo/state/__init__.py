"""Where shares of traffic and outcomes are kept: SQLite, or PostgreSQL for several hosts.

The store holds ids and numbers and never a prompt: who writes to it shifts traffic between
genomes of a lock, and does nothing else.
"""
