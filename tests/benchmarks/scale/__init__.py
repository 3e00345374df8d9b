"""What more machines and more examples give."""
