"""What all engines behind HTTP need: addresses, keys, several servers, outages."""
