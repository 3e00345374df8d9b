"""The night: production's failures become golden examples, and a search proposes candidates."""
