import Foundation
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// What operators say about counted dimensions, against their references: padding never reaches an element that counts.
@Suite struct CountedUseTests {
    /// A dimension of one operand of a node, of which the first `count` elements are there.
    private struct Case {
        let operation: any Operator
        let operands: [Tensor]
        let place: Int
        let dimension: Int
        let count: Int

        var types: [TensorType] { operands.map(\.type) }
        var use: CountedUse { use(of: dimension, place) }

        private func use(of dimension: Int, _ place: Int) -> CountedUse {
            operation.countedUse(of: dimension, ofOperand: place, types)
        }

        /// The same with NaN as the operand's first element.
        var withNaN: Case {
            var operands = operands
            operands[place] = Tensor(types[place], doubles: [.nan] + operands[place].doubles.dropFirst())
            return Case(operation: operation, operands: operands, place: place, dimension: dimension, count: count)
        }

        /// The results when the padding holds a number.
        func padded(_ number: Double) throws -> [Tensor] {
            var operands = operands
            let type = operands[place].type
            let elements = operands[place].doubles.enumerated().map { index, element in
                index / type.strides[dimension] % type.shape[dimension] < count ? element : number
            }
            operands[place] = Tensor(type, doubles: elements)
            return try operation.evaluate(operands)
        }

        /// The results for an operand that ends where the padding would begin; nil where attributes do not allow that.
        func short() throws -> [Tensor]? {
            var operands = operands
            operands[place] = try start(of: operands[place], dimension)
            // An operator that takes the count takes one for all the operands that have that many.
            if use == .takesCount {
                for other in operands.indices where other != place {
                    for dimension in 0..<types[other].rank where use(of: dimension, other) == .takesCount {
                        operands[other] = try start(of: operands[other], dimension)
                    }
                }
            }
            return try? operation.evaluate(operands)
        }

        /// The results when the operator takes the count; nil where it refuses the operands.
        func counted() -> [Tensor]? {
            try? operation.evaluate(operands + [Tensor(TensorType(.i32, []), ints: [count])])
        }

        /// What is there of results that are counted along a dimension.
        func start(of results: [Tensor], _ dimension: Int?) throws -> [Tensor] {
            guard let dimension else { return results }
            var starts: [Tensor] = []
            for result in results { starts.append(try start(of: result, dimension)) }
            return starts
        }

        private func start(of tensor: Tensor, _ dimension: Int, _ count: Int? = nil) throws -> Tensor {
            try Slice(dimension: dimension, start: 0, end: count ?? self.count).evaluate([tensor])[0]
        }

        /// Why the operator's answer is wrong; nil when it holds.
        func fault() throws -> String? {
            let isHeld =
                switch use {
                case .mixed, .unread: true
                case .inStep(let result): try isInStep(result)
                case .filled(let padding, let result): try isRight(filledWith: padding, result)
                case .cut(let result, let places): try isCut(result, places)
                case .takesCount: try isRight(counted: counted())
                case .rewritten: try isRight(rewritten: rewritten())
                }
            return isHeld ? nil : "\(Swift.type(of: operation).name) of \(types), operand \(place), dimension \(dimension): \(use)"
        }

        private func isInStep(_ result: Int) throws -> Bool {
            let wanted = try start(of: try operation.evaluate(operands), result)
            // Indices are no numbers that anything may stand for.
            let numbers = types[place].element.isFloatingPoint ? [Double.nan, .infinity] : [0]
            for number in numbers {
                let found = try start(of: try padded(number), result)
                if found.map(\.bytes) != wanted.map(\.bytes) { return false }
            }
            return true
        }

        private func isCut(_ result: Int, _ places: Range<Int>) throws -> Bool {
            let bounds = min(places.lowerBound, count)..<min(places.upperBound, count)
            let there = try start(of: operands[place], dimension)
            let wanted = try Slice(dimension: dimension, start: bounds.lowerBound, end: bounds.upperBound).evaluate([there])[0]
            return try start(of: operation.evaluate(operands)[0], result, bounds.count).bytes == wanted.bytes
        }

        /// What the operator's own form gives, and how many elements it says are there of the result's dimensions.
        private func rewritten() throws -> (result: Tensor, counts: [Int: Int]) {
            let form = try #require(operation as? any CountedForm)
            var graph = Graph(name: "")
            let inputs = types.map { graph.addInput($0, .activation) }
            var dimensions = CountedDimensions(OperatorSet.standard)
            dimensions.note(inputs[place], dimension, graph.addInput(TensorType(.i32, []), .activation))
            graph.outputs = [try graph.emit(form, inputs)]
            try dimensions.follow(&graph, isAsWritten: true)
            let counts = dimensions[graph.outputs[0]].sorted { $0.key < $1.key }
            graph.outputs += counts.map(\.value)
            var contents = operands + [Tensor(TensorType(.i32, []), ints: [count])]
            contents += graph.inputs.dropFirst(contents.count).compactMap { graph.literal($0) }
            let outputs = try graph.evaluate(inputs: contents) { node, operands in
                try OperatorSet.standard.operation(node).evaluate(operands)
            }.outputs
            return (outputs[0], Dictionary(uniqueKeysWithValues: zip(counts.map(\.key), outputs.dropFirst().map { $0.ints[0] })))
        }

        private func isRight(rewritten: (result: Tensor, counts: [Int: Int])) throws -> Bool {
            guard let wanted = try short() else { return true }
            var found = rewritten.result
            for (dimension, count) in rewritten.counts { found = try start(of: found, dimension, count) }
            return areSame([found], wanted)
        }

        private func isRight(filledWith padding: CountedUse.Padding, _ result: Int?) throws -> Bool {
            guard let wanted = try short() else { return true }
            let number = padding.number(types[place].element).doubles[0]
            let found = try start(of: try padded(number), result)
            return areSame(found, wanted)
        }

        private func isRight(counted results: [Tensor]?) throws -> Bool {
            guard let wanted = try short(), let results else { return try short() == nil && results == nil }
            return areSame(results, wanted)
        }

        /// What counts makes room for as many as there may be.
        private func areSame(_ found: [Tensor], _ wanted: [Tensor]) -> Bool {
            guard operation is any CountingOperator || found.map(\.type) == wanted.map(\.type) else { return false }
            return zip(found, wanted).allSatisfy { relativeError(Array($0.doubles.prefix($1.doubles.count)), $1.doubles) <= 1e-6 }
        }
    }

    @Test("Padding reaches no element that counts", arguments: OperatorSet.all.map { $0.name })
    func paddingStaysApart(_ name: String) throws {
        for test in try cases(name) {
            let fault = try test.fault()
            #expect(fault == nil)
        }
    }

    @Test("Every kind of use is met")
    func meetsEveryUse() throws {
        var met: Set<String> = []
        for name in OperatorSet.all.map({ $0.name }) {
            for test in try cases(name) {
                switch test.use {
                case .inStep: met.insert("in step")
                case .filled(let padding, _): met.insert("filled with \(padding)")
                case .cut: met.insert("cut")
                case .takesCount: met.insert("takes count")
                case .rewritten: met.insert("rewritten")
                case .unread: met.insert("unread")
                case .mixed: met.insert("mixed")
                }
            }
        }
        #expect(
            met == [
                "in step", "filled with zero", "filled with least", "filled with greatest", "filled with last", "takes count", "unread",
                "cut", "rewritten", "mixed",
            ])
    }

    /// Every dimension of every operand of the nodes that examples become.
    private func cases(_ name: String) throws -> [Case] {
        let type = try #require(OperatorSet.standard.type(named: name))
        var cases: [Case] = []
        let examples = type.examples + (0..<12).compactMap { RandomCases.draw(type, $0) }
        for example in examples {
            guard case .types = example.outcome, let imported = try? ImportedExample(type.name, example) else { continue }
            var values: [ValueID: Tensor] = [:]
            for (input, content) in zip(imported.graph.inputs, imported.contents) { values[input.value] = content }
            for node in imported.graph.nodes {
                let operands = node.operands.compactMap { values[$0] }
                let operation = try OperatorSet.standard.operation(node)
                guard let results = try? operation.evaluate(operands) else { break }
                for (value, result) in zip(node.results, results) { values[value] = result }
                for (place, operand) in operands.enumerated() where operand.type.elementCount > 0 {
                    for dimension in 0..<operand.type.rank where operand.type.shape[dimension] > 1 {
                        let count = operand.type.shape[dimension] / 2
                        let plain = Case(operation: operation, operands: operands, place: place, dimension: dimension, count: count)
                        cases.append(plain)
                        if operand.type.element.isFloatingPoint { cases.append(plain.withNaN) }
                    }
                }
            }
        }
        return cases
    }
}
