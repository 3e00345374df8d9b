"""Throughput, latency and losses of live traffic, with real processes and real stores."""
