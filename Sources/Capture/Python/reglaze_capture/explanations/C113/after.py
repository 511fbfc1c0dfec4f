# request: {"passes": ["after.py:Double"]}
import torch
from torch import nn

from reglaze_capture.passes import Pass


class Double(Pass):
    stage = "program"
    why = "silu of what relu leaves"

    def run(self, graph_module):
        for node in graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.relu.default):
            node.target = torch.ops.aten.relu6.default
        return 1


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return torch.relu(x.clamp(max=6))
