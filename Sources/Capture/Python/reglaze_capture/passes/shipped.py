"""The passes that come with Reglaze. A request names them as it names the user's: `passes = ["tensor_if"]`."""

import torch
from torch import fx, nn

from . import Pass


class TensorIf(Pass):
    """The trace follows both ways; `passes.tracing` puts them together."""

    name = "tensor_if"
    why = "an `if` on a tensor is torch.cond: both branches on the device"
    stage = "source"

    def run(self, graph_module: fx.GraphModule) -> int:
        graphs = [module.graph for module in graph_module.modules() if isinstance(module, fx.GraphModule)]
        return sum(node.target is torch.cond for graph in graphs for node in graph.nodes)


class FoldItem(Pass):
    """Numbers that depend on parameters, sizes and constants are folded while the trace is made; this removes what
    made them."""

    name = "fold_item"
    why = "a number that depends on no input is a constant"
    stage = "source"

    def run(self, graph_module: fx.GraphModule) -> int:
        before = len(graph_module.graph.nodes)
        graph_module.graph.eliminate_dead_code()
        return before - len(graph_module.graph.nodes)


class FixedNMS(Pass):
    """`nms(boxes, scores, threshold)` keeps as many boxes as there are, best first; those it would drop repeat the
    best one."""

    name = "fixed_nms"
    why = "nms with a fixed number of results has a shape that the device knows"
    stage = "source"
    keeps_values = False

    def run(self, graph_module: fx.GraphModule) -> int:
        matches = 0
        for node in list(graph_module.graph.nodes):
            if node.op == "call_function" and _is_nms(node.target):
                node.target = fixed_nms
                matches += 1
        return matches


def _is_nms(target: object) -> bool:
    return getattr(target, "__name__", "") == "nms" or str(target).startswith("torchvision.nms")


def fixed_nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """The indices that nms keeps, in its order, then the best one's again up to the number of boxes."""
    order = torch.argsort(scores, descending=True, stable=True)
    sorted_boxes = boxes[order]
    area = (sorted_boxes[:, 2] - sorted_boxes[:, 0]) * (sorted_boxes[:, 3] - sorted_boxes[:, 1])
    low = torch.maximum(sorted_boxes[:, None, :2], sorted_boxes[None, :, :2])
    high = torch.minimum(sorted_boxes[:, None, 2:], sorted_boxes[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)
    overlaps = shared / (area[:, None] + area[None, :] - shared) > iou_threshold
    count = boxes.shape[0]
    keep = torch.ones(count, dtype=torch.bool, device=boxes.device)
    later = torch.arange(count, device=boxes.device)
    for index in range(count):
        # Dropped by a better box that is kept itself.
        keep = keep & ~(overlaps[index] & keep[index] & (later > index))
    position = torch.argsort((~keep).to(torch.int64), stable=True)
    return torch.where(keep[position], order[position], order[0])


class StateToBuffers(Pass):
    """Numbers and tensors that forward writes to attributes become buffers, which a captured program keeps."""

    name = "state_to_buffers"
    why = "state in a buffer is part of the program"
    stage = "modules"

    def run_modules(self, model: nn.Module, session) -> int:
        from .. import state, verify

        with state.State(model).kept():
            before = state.images(model)
            verify.run(model, session.example)
            written = state.changed(before, state.images(model))
        modules = dict(model.named_modules())
        matches = 0
        for path, name in written:
            value = vars(modules[path]).get(name) if path in modules else None
            if isinstance(value, (bool, int, float)) or type(value) is torch.Tensor:
                delattr(modules[path], name)
                modules[path].register_buffer(name, torch.as_tensor(value).clone())
                matches += 1
        return matches


PASSES = {rewrite.name: rewrite for rewrite in (TensorIf, FoldItem, FixedNMS, StateToBuffers)}
