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

    /// Overloads without the `torch.ops.` in front: `aten.relu.default`.
    package let targets: [String]
    /// Overloads that write into one of their arguments, with that argument's name: `aten.relu_.default` writes `self`.
    package let inPlace: [String: String]
    /// The argument whose memory the results share, for views. A write through a view is a write to this argument.
    package let viewOf: String?
    /// Whether the nodes do what a call says whatever the size of its operands: nothing that they compute with comes from a size, but places that count from
    /// the end. A counted dimension may then be cut, joined or rewritten (`CountedUse`).
    package let isAsWritten: Bool
    package let build: Build
    /// The overloads that the rule was written for, by their other names (`OverloadAliases`).
    private let originals: [String: String]

    package init(
        _ targets: [String], inPlace: [String: String] = [:], viewOf: String? = nil, isAsWritten: Bool = false, build: @escaping Build
    ) {
        var originals: [String: String] = [:]
        for target in targets + inPlace.keys {
            for alias in OverloadAliases.aliases(target) { originals[alias] = target }
        }
        self.originals = originals
        self.targets = targets + targets.flatMap(OverloadAliases.aliases)
        self.inPlace = inPlace.merging(originals.compactMapValues { inPlace[$0] }) { own, _ in own }
        self.viewOf = viewOf
        self.isAsWritten = isAsWritten
        self.build = build
    }

    /// A rule that says why these overloads cannot be taken.
    package static func refused(_ targets: [String], because reason: String) -> ImportRule {
        ImportRule(targets) { (_: inout ImportCall) throws(OperatorError) -> [ValueID?] in throw OperatorError(reason) }
    }

    /// The name under which `build` knows an overload.
    func original(_ target: String) -> String { originals[target] ?? target }

    /// Every overload that the rule takes, in-place ones last, sorted.
    package var allTargets: [String] { targets + inPlace.keys.sorted() }
}
