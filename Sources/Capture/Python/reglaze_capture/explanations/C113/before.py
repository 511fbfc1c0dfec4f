# request: {"passes": ["before.py:Double"]}
import torch
from torch import nn

from reglaze_capture.passes import Pass


class Double(Pass):
    stage = "program"
    why = "sigmoid is not relu"

    def run(self, graph_module):
        for node in graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.relu.default):
            node.target = torch.ops.aten.sigmoid.default
        return 1


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return torch.relu(x)
