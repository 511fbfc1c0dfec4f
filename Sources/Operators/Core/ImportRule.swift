import TensorIR

/// How captured calls of some ATen overloads become nodes.
///
/// Arguments are matched by name, because an archive omits every argument that has its default; the rule states the defaults. An overload that
/// writes one of its arguments names that argument: the rule makes the new value, and the import walk replaces the later uses of the old one.
package struct ImportRule: Sendable {
    /// The nodes for one call; the results stand for the captured results in order, the members of a list of tensors one after the other.
    /// Nil stands for a result that the rule does not make: an error only when it is used. A result of complex numbers is two values, its real
    /// and its imaginary part.
    package typealias Build = @Sendable (inout ImportCall) throws(OperatorError) -> [ValueID?]

    /// The overloads that the rule was written for, without the `torch.ops.` in front: `aten.relu.default`.
    package let targets: [String]
    /// Overloads that write into one of their arguments, with that argument's name: `aten.relu_.default` writes `self`.
    package let inPlace: [String: String]
    /// The argument whose memory the results share, for views. A write through a view is a write to this argument.
    package let viewOf: String?
    /// Whether the nodes do what a call says whatever the size of its operands: nothing that they compute with comes from a size, but places that count from
    /// the end. A counted dimension may then be cut, joined or rewritten (`CountedUse`).
    package let isAsWritten: Bool
    package let build: Build

    package init(
        _ targets: [String], inPlace: [String: String] = [:], viewOf: String? = nil, isAsWritten: Bool = false, build: @escaping Build
    ) {
        self.targets = targets
        self.inPlace = inPlace
        self.viewOf = viewOf
        self.isAsWritten = isAsWritten
        self.build = build
    }

    /// A rule that says why these overloads cannot be taken.
    package static func refused(_ targets: [String], because reason: String) -> ImportRule {
        ImportRule(targets) { (_: inout ImportCall) throws(OperatorError) -> [ValueID?] in throw OperatorError(reason) }
    }

    /// The name under which `build` knows an overload.
    func original(_ target: String) -> String {
        targets.contains(target) || inPlace[target] != nil ? target : OverloadAliases.original(target)
    }

    /// The argument that an overload writes into; nil when it writes into none.
    package func written(by target: String) -> String? { inPlace[original(target)] }

    /// The overloads that the rule was written for, in-place ones last, sorted.
    var writtenTargets: [String] { inPlace.isEmpty ? targets : targets + inPlace.keys.sorted() }

    /// Every overload that the rule takes: those that it was written for, and their other names (`OverloadAliases`).
    package var allTargets: [String] { writtenTargets + writtenTargets.flatMap(OverloadAliases.aliases) }
}
