"""Pictures: Vega-Lite specifications, and what renders them as SVG."""
