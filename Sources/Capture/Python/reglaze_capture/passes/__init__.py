"""Rewrites of captured programs: Torch FX passes that say what they match and why.

    class FuseRotary(Pass):
        name = "fuse_rotary"
        why = "four element-wise operators are one rotation"

        def run(self, graph_module):          # changes the graph in place
            ...
            return matches                    # how many places it changed

A pass with `stage = "program"` sees the operators of the captured program. One with `stage = "source"` sees the model
as its forward is written, before anything is exported: there it can replace what no export takes. After each of these
the result is checked: the metadata by running the graph on fake tensors, the values against eager on two inputs. One
with `stage = "modules"` changes the model itself, before it runs for the first time, in `run_modules`.
"""

from torch import fx, nn


class Pass:
    """A rewrite of a graph. `stage`: "program" (after the export, ATen operators), "source" (before it) or
    "modules"."""

    name = ""
    why = ""
    stage = "program"
    keeps_values = True  # False: the results are meant to differ from the model's

    def run(self, graph_module: fx.GraphModule) -> int:
        """Changes the graph in place and returns the number of matches."""
        raise NotImplementedError

    def run_modules(self, model: nn.Module, session) -> int:
        """For the stage "modules": changes the module tree before anything runs."""
        raise NotImplementedError
