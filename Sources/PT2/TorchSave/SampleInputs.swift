import Basics

/// The arguments that a program was captured with: the leaves of the positional and then of the keyword arguments, in order.
package struct SampleInputs: Sendable {
    /// An argument, or a part of a nested one.
    package enum Leaf: Sendable {
        case tensor(TensorView)
        case integer(Int)
        case float(Double)
        case boolean(Bool)
        case text(String)
        case none
    }

    package let leaves: [Leaf]

    /// The tensors among the leaves.
    package var tensors: [TensorView] {
        leaves.compactMap { leaf in
            if case .tensor(let view) = leaf { view } else { nil }
        }
    }

    fileprivate init(_ saved: TorchSave) throws(PT2Error) {
        var walk = Walk(saved: saved)
        try walk.add(saved.root, depth: 0)
        leaves = walk.leaves
    }

    /// Walks containers. They may hold themselves, or the same ones again and again: depth and number of visits are bounded.
    private struct Walk {
        let saved: TorchSave
        var leaves: [Leaf] = []
        private var visits = 0

        init(saved: TorchSave) { self.saved = saved }

        mutating func add(_ value: PickleValue, depth: Int) throws(PT2Error) {
            visits += 1
            guard depth <= Limits.jsonDepth, visits <= Limits.sampleInputs else {
                throw .malformedPickle(.notThis("its arguments nest without end"))
            }
            switch value {
            case .none: leaves.append(.none)
            case .boolean(let value): leaves.append(.boolean(value))
            case .integer(let value): leaves.append(.integer(value))
            case .float(let value): leaves.append(.float(value))
            case .text(let value): leaves.append(.text(value))
            case .tensor(let place): leaves.append(.tensor(try saved.view(place, name: "input.\(leaves.count)")))
            case .list(let place), .tuple(let place):
                for element in saved.heap.sequences[place] { try add(element, depth: depth + 1) }
            case .dictionary(let place):
                for entry in saved.heap.dictionaries[place] { try add(entry.value, depth: depth + 1) }
            case .symbol, .storage: throw .malformedPickle(.notThis("an argument is neither a tensor nor a number nor text"))
            }
        }
    }
}

extension Archive {
    /// The arguments that a program was captured with; nil when the archive does not hold them.
    package func sampleInputs(of program: Program) throws(PT2Error) -> SampleInputs? {
        let member = layout.sampleInputs(program.name)
        guard let bytes = bytes(of: member), bytes.count > 0 else { return nil }
        do throws(PT2Error) { return try SampleInputs(TorchSave(member: member, of: self)) } catch {
            if case .inMember = error { throw error }
            throw .inMember(member, error)
        }
    }
}
