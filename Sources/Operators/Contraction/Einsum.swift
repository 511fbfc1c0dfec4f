import TensorIR

/// Sums of products over named dimensions (`torch.einsum`): each step is one batched matrix product of two operands, with permutations and reshapes around it.
///
/// Letters that only one operand has and the result does not are summed first; the batch is what both and the rest of the equation have.
package enum Einsum: DecomposedOperator {
    package static let name = "einsum"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.einsum.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.tensors("tensors")
            call.ignore("path")
            let equation = try Equation(try call.string("equation"), ranks: operands.map { call.type($0).rank })
            var terms = zip(operands, equation.inputs).map { Term(value: $0, letters: $1) }
            guard var result = terms.first else { throw OperatorError("einsum of no tensors") }
            terms.removeFirst()
            while let next = terms.first {
                terms.removeFirst()
                result = try product(&call, result, next, needed: Set(equation.output + terms.flatMap(\.letters)))
            }
            result = try summed(&call, result, keeping: Set(equation.output))
            return [try ordered(&call, result, equation.output)]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "attention scores", "aten.einsum.default",
            [
                "equation": .string("bqhd,bkhd->bhqk"),
                "tensors": .tensors([TensorType(.f32, [2, 3, 2, 4]), TensorType(.f32, [2, 5, 2, 4])], .uniform(-1, 1)),
            ], gives: .f32(2, 2, 3, 5)),
        OperatorExample(
            "any batch", "aten.einsum.default",
            [
                "equation": .string("...ij, jk -> ...ik"),
                "tensors": .tensors([TensorType(.f32, [2, 3, 4, 5]), TensorType(.f32, [5, 6])], .uniform(-1, 1)),
            ], gives: .f32(2, 3, 4, 6)),
        OperatorExample(
            "implicit result, a sum", "aten.einsum.default",
            ["equation": .string("ij,jk"), "tensors": .tensors([TensorType(.f32, [3, 4]), TensorType(.f32, [4, 2])], .uniform(-1, 1))],
            gives: .f32(3, 2)),
        OperatorExample(
            "outer product of three", "aten.einsum.default",
            [
                "equation": .string("i,j,k->kij"),
                "tensors": .tensors([TensorType(.f32, [2]), TensorType(.f32, [3]), TensorType(.f32, [4])], .uniform(-1, 1)),
            ], gives: .f32(4, 2, 3)),
        OperatorExample(
            "transposed sum", "aten.einsum.default",
            ["equation": .string("abc->ca"), "tensors": .tensors([TensorType(.f32, [2, 3, 4])], .uniform(-1, 1))], gives: .f32(4, 2)),
        OperatorExample(
            "a diagonal", "aten.einsum.default",
            ["equation": .string("ii->i"), "tensors": .tensors([TensorType(.f32, [3, 3])], .uniform(-1, 1))],
            refused: "einsum 'ii->i': a letter twice in one operand"),
    ]

    /// A value and the letter of each dimension.
    private struct Term {
        var value: ValueID
        var letters: [Character]
    }

    /// An equation with `...` written out in letters of its own.
    private struct Equation {
        let inputs: [[Character]]
        let output: [Character]

        init(_ text: String, ranks: [Int]) throws(OperatorError) {
            let plain = String(text.filter { $0 != " " })
            let sides = plain.split(separator: ">", omittingEmptySubsequences: false).map { String($0.filter { $0 != "-" }) }
            let parts = (sides.first ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            guard sides.count <= 2, parts.count == ranks.count else { throw OperatorError("einsum '\(text)' with \(ranks.count) operands") }
            // Letters for the dimensions under the dots, aligned at the last one.
            let free = Self.greek
            var widest = 0
            var inputs: [[Character]] = []
            for (part, rank) in zip(parts, ranks) {
                let named = part.filter { $0 != "." }
                let dots = part.contains(".") ? rank - named.count : 0
                guard dots >= 0, dots <= free.count, named.count + dots == rank else {
                    throw OperatorError("einsum '\(text)' of rank \(rank)")
                }
                widest = max(widest, dots)
                inputs.append(Self.expanded(part, Array(free.prefix(dots).reversed())))
            }
            for input in inputs where Set(input).count != input.count {
                throw OperatorError("einsum '\(text)': a letter twice in one operand")
            }
            let spread = Array(free.prefix(widest).reversed())
            if sides.count == 2 {
                output = Self.expanded(sides[1], spread)
            } else {
                let all = inputs.flatMap { $0 }.filter { !spread.contains($0) }
                output = spread + Set(all).filter { letter in all.count { $0 == letter } == 1 }.sorted()
            }
            self.inputs = inputs
            guard Set(output).count == output.count, Set(output).isSubset(of: Set(inputs.flatMap { $0 })) else {
                throw OperatorError("einsum '\(text)': the result's letters")
            }
        }

        private static let greek = Array("αβγδεζηθικλμνξοπ")

        private static func expanded(_ part: String, _ dots: [Character]) -> [Character] {
            guard let start = part.firstIndex(of: ".") else { return Array(part) }
            return Array(part[..<start]) + dots + part[start...].filter { $0 != "." }
        }
    }

    /// The product of two terms, summed over what nobody needs any more.
    private static func product(
        _ call: inout ImportCall, _ first: Term, _ second: Term, needed: Set<Character>
    ) throws(OperatorError) -> Term {
        let left = try summed(&call, first, keeping: needed.union(second.letters))
        let right = try summed(&call, second, keeping: needed.union(first.letters))
        let shared = left.letters.filter { right.letters.contains($0) }
        let batch = shared.filter { needed.contains($0) }
        let inner = shared.filter { !needed.contains($0) }
        let rows = left.letters.filter { !shared.contains($0) }
        let columns = right.letters.filter { !shared.contains($0) }
        let sizes = try sizes(call, [left, right])
        func size(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * (sizes[$1] ?? 1) } }
        func stretched(_ term: Term, _ order: [Character]) throws(OperatorError) -> ValueID {
            try call.expand(try ordered(&call, term, order), order.map { sizes[$0] ?? 1 })
        }
        let matrix = try call.reshape(try stretched(left, batch + rows + inner), batch.map { sizes[$0] ?? 1 } + [size(rows), size(inner)])
        let other = try call.reshape(
            try stretched(right, batch + inner + columns), batch.map { sizes[$0] ?? 1 } + [size(inner), size(columns)])
        let letters = batch + rows + columns
        return Term(value: try call.reshape(try call.emit(Matmul(), [matrix, other]), letters.map { sizes[$0] ?? 1 }), letters: letters)
    }

    /// The size of each letter; ones stretch.
    private static func sizes(_ call: ImportCall, _ terms: [Term]) throws(OperatorError) -> [Character: Int] {
        var sizes: [Character: Int] = [:]
        for term in terms {
            for (letter, size) in zip(term.letters, call.type(term.value).shape) {
                let known = sizes[letter] ?? 1
                guard known == 1 || size == 1 || known == size else { throw OperatorError("einsum: '\(letter)' is \(known) and \(size)") }
                sizes[letter] = max(known, size)
            }
        }
        return sizes
    }

    private static func summed(_ call: inout ImportCall, _ term: Term, keeping kept: Set<Character>) throws(OperatorError) -> Term {
        let dimensions = term.letters.indices.filter { !kept.contains(term.letters[$0]) }
        guard !dimensions.isEmpty else { return term }
        let sum = try call.emit(Sum(dimensions: dimensions, keepsDimensions: false), [term.value])
        return Term(value: sum, letters: term.letters.filter(kept.contains))
    }

    private static func ordered(_ call: inout ImportCall, _ term: Term, _ order: [Character]) throws(OperatorError) -> ValueID {
        let dimensions = order.compactMap { term.letters.firstIndex(of: $0) }
        guard dimensions.count == order.count else { throw OperatorError("einsum: a letter without an operand") }
        return dimensions == Array(order.indices) ? term.value : try call.emit(Permute(dimensions: dimensions), [term.value])
    }
}
