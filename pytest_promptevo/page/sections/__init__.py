"""What each section of the page shows, ready for its template."""
