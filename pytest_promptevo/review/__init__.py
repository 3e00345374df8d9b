"""What a change does to locked genomes, told from git objects alone: nothing runs."""
