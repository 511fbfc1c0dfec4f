import TensorIR

/// What operators mean for complex numbers, which graphs hold as two real tensors: some treat the parts alike, a few have a rule of their own, and the
/// rest refuse the argument by its kind.
enum ComplexRules {
    /// Operators that only move elements or are linear, with no other operand: once for the real and once for the imaginary parts.
    private static let partwise: Set<String> = [
        "aten.reshape.default", "aten.view.default", "aten._unsafe_view.default", "aten.flatten.using_ints", "aten.unflatten.int",
        "aten.squeeze.default", "aten.squeeze.dim", "aten.squeeze.dims", "aten.unsqueeze.default", "aten.slice.Tensor",
        "aten.narrow.default",
        "aten.select.int", "aten.permute.default", "aten.transpose.int", "aten.t.default", "aten.cat.default", "aten.stack.default",
        "aten.split.Tensor", "aten.split_with_sizes.default", "aten.chunk.default", "aten.unbind.int", "aten.expand.default",
        "aten.repeat.default", "aten.flip.default", "aten.roll.default", "aten.fft_fftshift.default", "aten.fft_ifftshift.default",
        "aten.index_select.default", "aten.contiguous.default",
        "aten.clone.default", "aten.detach.default", "aten.alias.default", "aten.neg.default", "aten.sum.dim_IntList", "aten.mean.dim",
    ]

    private static let own: [String: ImportRule] = {
        var rules: [String: ImportRule] = [:]
        for rule in ComplexNumbers.arithmetic { for target in rule.allTargets { rules[target] = rule } }
        return rules
    }()

    /// The results of a call with complex numbers among its arguments; nil when there are none, or the rule knows them itself.
    static func apply(
        _ rule: ImportRule, _ target: String, _ arguments: [(name: String, value: ImportArgument)], to graph: inout Graph
    ) throws(OperatorError) -> [ValueID?]? {
        guard arguments.contains(where: \.value.isComplex) else { return nil }
        if let own = own[target] { return try ImportCall.applyAsWritten(own, target, arguments, to: &graph) }
        guard partwise.contains(target) else { return nil }
        let reals = try ImportCall.applyAsWritten(rule, target, arguments.map { ($0.name, $0.value.part(\.real)) }, to: &graph)
        let others = try ImportCall.applyAsWritten(rule, target, arguments.map { ($0.name, $0.value.part(\.imaginary)) }, to: &graph)
        return zip(reals, others).flatMap { [$0, $1] }
    }
}

extension ImportArgument {
    package var isComplex: Bool {
        switch self {
        case .complex, .complexes: true
        default: false
        }
    }

    /// The real or imaginary parts of complex numbers; anything else as it is.
    fileprivate func part(_ part: KeyPath<ComplexValue, ValueID>) -> ImportArgument {
        switch self {
        case .complex(let value): .value(value[keyPath: part])
        case .complexes(let values): .values(values.map { $0[keyPath: part] })
        default: self
        }
    }
}
