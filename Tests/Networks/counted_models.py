"""Models whose results have as many elements as the input's values decide."""

import torch
import torch.nn.functional as F
import torchvision
from torch import nn


class Detections(nn.Module):
    """The tail of a detector: boxes with a score above a threshold, of those that overlap the best, and a head over them."""

    def __init__(self):
        super().__init__()
        self.boxes = nn.Linear(8, 4)
        self.classes = nn.Linear(8, 3)
        self.embedding = nn.Embedding(3, 4)
        self.head = nn.Linear(12, 6)
        self.norm = nn.LayerNorm(6)

    def forward(self, features, threshold):
        corner, size = torch.sigmoid(self.boxes(features)).chunk(2, dim=1)
        boxes = torch.cat([corner, corner + size], dim=1)
        scores, labels = torch.softmax(self.classes(features), dim=1).max(dim=1)
        above = scores > threshold
        boxes, scores, labels, features = boxes[above], scores[above], labels[above], features[above]
        kept = torchvision.ops.nms(boxes, scores, 0.4)
        rows = torch.cat([features[kept], self.embedding(labels[kept])], dim=1)
        return {
            "boxes": boxes[kept].clamp(0, 1),
            "scores": scores[kept],
            "classes": F.softmax(self.norm(F.gelu(self.head(rows))), dim=-1),
            "pooled": rows.sum(dim=0),
        }


class Selections(nn.Module):
    """Elements under a mask, and what is computed from as many as there are: by their places, in order, with each other."""

    def forward(self, x):
        mask = x > 0
        chosen = torch.masked_select(x, mask)
        row, column = torch.where(mask)
        rows = x[mask[:, 0]].clone()
        rows[:, 1] += 1
        rows.relu_()
        ones = torch.ones(chosen.size(0), 2)
        doubled = x.clone()
        doubled[mask] = doubled[mask] * 2
        doubled[:, torch.nonzero(mask[0]).squeeze(1)] += 1
        least, place = chosen.reshape(-1, 1).expand(-1, 3).sort(dim=0)
        return {
            "places": torch.nonzero(mask),
            "again": x[row, column] - x[mask],
            "sums": (chosen.sum(), chosen.cumsum(0), rows.sum(1)),
            "order": (least, place, chosen.sort(descending=True)[1]),
            "products": (rows @ rows.t(), rows.t() @ rows, rows @ x.t()),
            "columns": torch.stack([row, column], dim=1) * 2 + torch.arange(row.size(0))[:, None],
            "stretched": torch.cat([ones, chosen[:, None]], dim=1),
            "rows": F.pad(torch.flip(rows, [1]), (1, 0)),
            "put": doubled,
            "any": (torch.any(chosen > 0.5), torch.all(rows > 0, dim=0)),
            "nested": torch.nonzero(chosen > 0.5),
        }


class Postprocessing(nn.Module):
    """The best of a detector's levels: those above a threshold, the best few of each, and of all that are kept the first."""

    def forward(self, boxes, scores, coarse, coarse_scores):
        levels = []
        for level, level_scores in ((boxes, scores), (coarse, coarse_scores)):
            above = level_scores > 0.3
            level, level_scores = level[above], level_scores[above]
            best, order = level_scores.topk(min(6, level_scores.shape[0]))
            levels.append((level[order], best))
        boxes = torch.cat([level for level, _ in levels])
        scores = torch.cat([best for _, best in levels])
        kept = torchvision.ops.nms(boxes, scores, 0.5)[:8]
        boxes, scores = boxes[kept], scores[kept]
        return {
            "boxes": boxes,
            "scores": scores,
            "centre": boxes.mean(0),
            "mean": (scores.mean(), boxes.mean((0, 1), keepdim=True), boxes[:, 2:].mean(1)),
            "behind": torch.cat([coarse_scores[:2], scores[2:5], coarse[1:3, 0], scores[:1]]),
        }
