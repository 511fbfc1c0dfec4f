"""Edits of a model or of its program that must not compile a kernel, each alone.

A rename changes the qualified names of all parameters and the names of all graph nodes; a reordering changes the order
of the program's inputs; a moved line changes stack traces. None changes what is computed.
"""

import copy
import re

import torch
from torch import nn


class Renamed(nn.Module):
    """The same network below an attribute, so that every qualified name has another beginning."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, image):
        return self.network(image)


def rename_nodes(program: torch.export.ExportedProgram, prefix: str = "renamed_") -> None:
    """Puts `prefix` before the name of every computed value of `program`."""
    renamed = {}
    for node in program.graph.nodes:
        if node.op == "call_function":
            old_name = node.name
            node._rename(prefix + old_name)
            renamed[old_name] = node.name
    for output in program.graph_signature.output_specs:
        output.arg.name = renamed.get(output.arg.name, output.arg.name)


def reorder_definitions(model: nn.Module) -> nn.Module:
    """A copy of `model` that defines its layers in the opposite order; the order inside sequences is their meaning."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if not isinstance(module, (nn.Sequential, nn.ModuleList)):
            module._modules = dict(reversed(module._modules.items()))
    return model


def move_lines(program: torch.export.ExportedProgram, lines: int = 7) -> None:
    """Makes `program` what it would be with a comment of so many lines at the beginning of each source file."""

    def moved(line: re.Match[str]) -> str:
        return f'", line {int(line[1]) + lines},'

    metadata = {id(node.meta): node.meta for node in program.graph.nodes}  # nodes may share theirs
    for meta in metadata.values():
        if trace := meta.get("stack_trace"):
            meta["stack_trace"] = re.sub(r'", line (\d+),', moved, trace)
