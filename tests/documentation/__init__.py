"""Runs every sample of README and docs, so that what they show is what happens.

Right above each fenced block of a page stands a comment that readers do not see:

* ``<!-- sample: NAME -->`` names the scene (a function of `scenes`, `search_scenes`,
  `traffic_scenes` or `checks`) that makes the folder where the sample is run. Commands of
  ``sh`` blocks must succeed; what a ``console`` block shows after a ``$`` must be what the
  command prints (`matching` says how closely). Where the sample is no command, the scene says
  what is done with it.
* ``<!-- sample: NAME $ COMMAND -->`` is for a block that shows output alone: of this command.
* ``<!-- sample: not run, REASON -->`` is for what needs a network, a foreign server or hours.
"""
