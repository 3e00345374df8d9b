"""The console script ``promptevo``: what operators and jobs do with a rollout."""
