"""The strategy that wastes no call: races, and a model of the genes that chooses them."""
