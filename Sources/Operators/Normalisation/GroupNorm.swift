import TensorIR

/// Layer norm over groups of channels with all their pixels, then a weight and a bias per channel (`torch.nn.functional.group_norm`; with one channel
/// per group, `instance_norm`). Operands: x, and, when there, weight and bias. Canonical form: a layer norm between reshapes.
package struct GroupNorm: CompositeOperator {
    package static let name = "group_norm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.group_norm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let groups = try call.int("num_groups")
            let weight = try call.optionalTensor("weight")
            let bias = try call.optionalTensor("bias")
            call.ignore("cudnn_enabled")
            guard (weight == nil) == (bias == nil) else { throw OperatorError("group_norm with a weight or a bias alone") }
            let operation = GroupNorm(groups: groups, epsilon: try call.double("eps", default: 1e-5))
            return [try call.emit(operation, [operand] + [weight, bias].compactMap { $0 })]
        },
        ImportRule(["aten.native_group_norm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let affine = [try call.optionalTensor("weight"), try call.optionalTensor("bias")].compactMap { $0 }
            call.ignore("N", "C", "HxW")
            let operation = GroupNorm(groups: try call.int("group"), epsilon: try call.double("eps"))
            return [try call.emit(operation, [operand] + affine), nil, nil]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "affine", "aten.group_norm.default",
            ["input": .f32(2, 6, 3, 4), "num_groups": .int(3), "weight": .weight(6), "bias": .weight(6)], gives: .f32(2, 6, 3, 4),
            tolerance: 2e-6)
    ]

    package let groups: Int
    package let epsilon: Double

    package init(groups: Int, epsilon: Double) {
        self.groups = groups
        self.epsilon = epsilon
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        groups = try reader.int("groups")
        epsilon = try reader.double("epsilon")
    }

    package var attributes: Attributes { ["groups": .int(groups), "epsilon": .float(epsilon)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(1...3)
        let operand = operands[0]
        guard operand.rank >= 2, operands.count != 2, groups >= 1, operand.shape[1] % groups == 0, operand.element.isFloatingPoint,
            operands.dropFirst().allSatisfy({ $0.shape == [operand.shape[1]] })
        else { throw OperatorError("group norm in \(groups) groups of \(operands)") }
        return [operand]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let (channels, inner) = (type.shape[1], type.shape[2...].reduce(1, *))
        let rows = TensorType(type.element, [type.shape[0] * groups, channels / groups * inner])
        let normal = try LayerNorm(dimensions: 1, epsilon: epsilon).evaluate([
            Tensor(rows.with(element: .f64), doubles: operands[0].doubles)
        ])[0].doubles
        guard operands.count == 3 else { return [Tensor(type, doubles: normal)] }
        let (weight, bias) = (operands[1].doubles, operands[2].doubles)
        return [Tensor(type, doubles: normal.indices.map { normal[$0] * weight[$0 / inner % channels] + bias[$0 / inner % channels] })]
    }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let shape = graph.type(operands[0]).shape
        let rows = try graph.emit(Reshape(shape: [shape[0], groups, shape[1...].reduce(1, *) / groups]), [operands[0]])
        let normal = try graph.emit(LayerNorm(dimensions: 1, epsilon: epsilon), [rows])
        var result = try graph.emit(Reshape(shape: shape), [normal])
        guard operands.count == 3 else { return [result] }
        let spread = Reshape(shape: [shape[1]] + Array(repeating: 1, count: shape.count - 2))
        result = try graph.emit(Multiplication(), [result, try graph.emit(spread, [operands[1]])])
        return [try graph.emit(Addition(), [result, try graph.emit(spread, [operands[2]])])]
    }
}
