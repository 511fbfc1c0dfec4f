"""The workspace's own rewrites of captured programs; `[capture] passes = ["passes.py:PortableResponse"]` names one."""

import torch

import models.infrared
from reglaze_capture.passes import Pass


class PortableResponse(Pass):
    name = "portable_response"
    why = "camera::response is the camera vendor's operator: no fake kernel, and the accelerator does not know it"
    stage = "source"

    def run(self, graph_module):
        calls = [node for node in graph_module.graph.nodes if node.target is models.infrared.response._opoverload]
        for node in calls:
            node.target = torch.pow
        return len(calls)
