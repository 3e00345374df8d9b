"""From a suite that fails its gate to a lock entry, or to a reason why there is none."""
