"""How much of what others write is active in a review: nothing."""
