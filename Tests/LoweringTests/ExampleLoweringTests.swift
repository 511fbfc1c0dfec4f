import Machine
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// All examples of all operators on the simulated machine, operands dense and as views: what kernels give is what the references give.
@Suite struct ExampleLoweringTests {
    static let names = OperatorSet.all.map { $0.name }

    @Test("Kernels give what the references give", arguments: names, [false, true])
    func kernelsGiveTheReferences(_ name: String, isStrided: Bool) throws {
        let type = try #require(OperatorSet.standard.type(named: name))
        for example in type.examples {
            guard case .types = example.outcome else { continue }
            try LoweringCheck.run(name, example, isStrided: isStrided)
        }
    }

    @Test("A float operator that the machine can compute does not fall to the host")
    func staysOnTheDevice() throws {
        for type in OperatorSet.all {
            for example in type.examples {
                guard case .types = example.outcome, !LoweringCheck.hostExamples.contains("\(type.name)/\(example.name)") else { continue }
                let imported = try ImportedExample(type.name, example)
                let reasons = try LoweredProgram(imported.graph).hostReasons.filter { reason in
                    reason.contains("no form") && !LoweringCheck.hostOperators.contains { reason.hasPrefix("\($0) ") }
                }
                #expect(reasons.isEmpty, "\(type.name)/\(example.name)")
            }
        }
    }
}

/// One case, lowered and run.
enum LoweringCheck {
    /// Operators that the machine has no form of: where values are found, what was combined before, bits, equations.
    static let hostOperators = [
        "argument_of_extremum", "cholesky", "cumulative_combination", "determinant", "eigh", "grid_sample", "histogram", "integer_bits",
        "linear_solve",
        "matrix_exp", "max_pool_places", "nms", "nonzero",
        "nonzero_static", "sort", "svd", "triangular_solve",
    ]
    /// Examples with attributes for which the machine has no form.
    static let hostExamples = [
        "put_slices/dimensions apart, added up", "put_slices/rows added",
        "scatter_elements/added up", "scatter_elements/greatest", "scatter_elements/mean without what was there",
        "scatter_elements/slices multiplied",
    ]

    /// Compares the lowered case with the references.
    static func run(_ name: String, _ example: OperatorExample, isStrided: Bool) throws {
        let imported = try ImportedExample(name, example, isStrided: isStrided)
        let wanted = try imported.evaluate()
        let found = imported.results(try LoweredProgram(imported.graph).run(imported.contents))
        #expect(found.map(\.type) == wanted.map(\.type), "\(name)/\(example.name)")
        for (result, reference) in zip(found, wanted) {
            let isNarrow = imported.graph.values.contains { $0.type.element == .f16 || $0.type.element == .bf16 }
            let error = relativeError(result.doubles, reference.doubles)
            #expect(error <= (isNarrow ? 0.02 : max(example.tolerance, 1e-5)), "\(name)/\(example.name): \(error)")
        }
    }
}
