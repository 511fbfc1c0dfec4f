import TensorIR

/// Which boxes stay when those that overlap one with a higher score go (`torchvision.ops.nms`): their numbers, the highest score first, of which as many are
/// there as result 1 (i32[]) says, then zeros.
///
/// Operands are boxes `[N, 4]` as left, top, right, bottom, their scores `[N]`, and, when not all of them are there, how many are (i32[]). As torchvision
/// computes on the CPU: in the boxes' own precision (f16 and bf16 in f32), equal scores in order, NaN highest, overlap as intersection over union,
/// compared with the threshold in double precision.
package struct NonMaximumSuppression: CountingOperator {
    package static let name = "nms"
    package static let imports: [ImportRule] = [
        ImportRule(["torchvision.nms.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let nms = NonMaximumSuppression(threshold: try call.double("iou_threshold"))
            return [try call.graph.emitAll(nms, [try call.tensor("dets"), try call.tensor("scores")])[0]]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "one of five goes", "torchvision.nms.default",
            [
                "dets": .f32(5, 4, content: .values([0, 0, 4, 4, 1, 0, 5, 4, 0, 1, 4, 5, 8, 8, 9, 9, 0, 0, 4, 2])),
                "scores": .f32(5, content: .values([0.25, 0.5, 0.75, 0.25, .nan])), "iou_threshold": .float(0.5),
            ], gives: TensorType(.i64, [4]), tolerance: 0),
        OperatorExample(
            "overlap at the threshold, equal scores", "torchvision.nms.default",
            [
                "dets": .tensor(.f64, [3, 4], .values([0, 0, 2, 2, 0, 0, 2, 1, 0, 0, 2, 4])), "scores": .tensor(.f64, [3], .values([1])),
                "iou_threshold": .float(0.5),
            ], gives: TensorType(.i64, [3]), tolerance: 0),
        OperatorExample(
            "boxes of any corners", "torchvision.nms.default",
            ["dets": .f32(24, 4), "scores": .f32(24), "iou_threshold": .float(0.1)], gives: TensorType(.i64, [18]), tolerance: 0),
        OperatorExample(
            "no boxes", "torchvision.nms.default", ["dets": .f32(0, 4), "scores": .f32(0), "iou_threshold": .float(0.5)],
            gives: TensorType(.i64, [0]), tolerance: 0),
        OperatorExample(
            "boxes of three numbers", "torchvision.nms.default", ["dets": .f32(2, 3), "scores": .f32(2), "iou_threshold": .float(0.5)],
            refused: "nms of boxes f32[2,3] with scores f32[2]"),
    ]

    /// Overlap above which a box goes.
    package let threshold: Double

    package init(threshold: Double) { self.threshold = threshold }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        threshold = try reader.double("threshold")
    }

    package var attributes: Attributes { ["threshold": .float(threshold)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...3)
        let (boxes, scores) = (operands[0], operands[1])
        guard boxes.rank == 2, boxes.shape[1] == 4, scores.shape == [boxes.shape[0]], boxes.element.isFloatingPoint,
            scores.element == boxes.element, operands.count == 2 || operands[2] == CountedUse.count
        else { throw OperatorError("nms of boxes \(boxes) with scores \(scores)") }
        return [TensorType(.i64, scores.shape), CountedUse.count]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        let count = operands.count == 3 ? operands[2].ints[0] : types[0].elementCount
        let order = Sort.order(of: Array(operands[1].doubles.prefix(count)), isDescending: true)
        let kept = operands[0].type.element == .f64 ? kept(order, operands[0].doubles) : kept(order, operands[0].doubles.map(Float.init))
        let padding = Array(repeating: 0, count: types[0].elementCount - kept.count)
        return [Tensor(types[0], ints: kept + padding), Tensor(types[1], ints: [kept.count])]
    }

    /// Those of the boxes that stay.
    private func kept<Number: BinaryFloatingPoint>(_ order: [Int], _ boxes: [Number]) -> [Int] {
        func area(_ box: Int) -> Number { (boxes[4 * box + 2] - boxes[4 * box]) * (boxes[4 * box + 3] - boxes[4 * box + 1]) }
        func overlap(_ first: Int, _ second: Int) -> Number {
            func side(_ low: Int) -> Number {
                let start = Swift.max(boxes[4 * first + low], boxes[4 * second + low])
                return Swift.max(0, Swift.min(boxes[4 * first + low + 2], boxes[4 * second + low + 2]) - start)
            }
            let common = side(0) * side(1)
            return common / (area(first) + area(second) - common)
        }
        var kept: [Int] = []
        for box in order where !kept.contains(where: { Double(overlap($0, box)) > threshold }) { kept.append(box) }
        return kept
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        dimension == 0 ? .takesCount : .mixed
    }
}
