"""A page of HTML with pictures: what a run, a search and production have to show."""
