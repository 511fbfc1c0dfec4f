import TensorIR

/// Normalised by each image's own mean and variance per channel (`torch.nn.functional.instance_norm`): a group norm with as many groups as channels.
/// With recorded statistics it is a batch norm.
package enum InstanceNorm: DecomposedOperator {
    package static let name = "instance_norm"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.instance_norm.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let affine = [try call.optionalTensor("weight"), try call.optionalTensor("bias")].compactMap { $0 }
            let statistics = [try call.optionalTensor("running_mean"), try call.optionalTensor("running_var")].compactMap { $0 }
            let usesInput = try call.bool("use_input_stats")
            let epsilon = try call.double("eps", default: 1e-5)
            call.ignore("momentum", "cudnn_enabled")
            guard affine.count != 1 else { throw OperatorError("instance_norm with a weight or a bias alone") }
            if usesInput { return [try call.emit(GroupNorm(groups: call.size(operand, 1), epsilon: epsilon), [operand] + affine)] }
            guard statistics.count == 2 else { throw OperatorError("instance_norm without statistics") }
            return [try call.emit(BatchNorm(epsilon: epsilon), [operand] + statistics + affine)]
        },
        ImportRule(["aten._native_batch_norm_legit.no_stats"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("input")
            let affine = [try call.optionalTensor("weight"), try call.optionalTensor("bias")].compactMap { $0 }
            call.ignore("momentum")
            guard try call.bool("training"), affine.count != 1, call.size(operand, 0) == 1 else {
                throw OperatorError("batch norm by the statistics of a batch of \(call.size(operand, 0)); call eval() before capture")
            }
            // Of one image, the statistics of the batch are those of the image.
            let operation = GroupNorm(groups: call.size(operand, 1), epsilon: try call.double("eps"))
            return [try call.emit(operation, [operand] + affine), nil, nil]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "own statistics", "aten.instance_norm.default",
            [
                "input": .f32(2, 3, 4, 5), "weight": .weight(3), "bias": .weight(3), "running_mean": .plain(.none),
                "running_var": .plain(.none), "use_input_stats": .bool(true), "momentum": .float(0.1), "eps": .float(1e-5),
                "cudnn_enabled": .bool(true),
            ], gives: .f32(2, 3, 4, 5), tolerance: 2e-6),
        OperatorExample(
            "recorded statistics", "aten.instance_norm.default",
            [
                "input": .f32(2, 3, 6), "weight": .plain(.none), "bias": .plain(.none), "running_mean": .weight(3),
                "running_var": .weight(3, content: .uniform(0.5, 2)), "use_input_stats": .bool(false), "momentum": .float(0.1),
                "eps": .float(1e-5), "cudnn_enabled": .bool(true),
            ], gives: .f32(2, 3, 6)),
    ]
}
