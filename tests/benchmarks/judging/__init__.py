"""How far a judge agrees with people, and what it costs; see README.md."""
