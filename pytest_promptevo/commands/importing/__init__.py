"""What ``promptevo import`` reads, by the tool that has written it."""
