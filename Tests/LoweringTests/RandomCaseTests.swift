import OperatorTestKit
import Operators
import TensorIR
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Random cases of every operator: the reference against PyTorch, and the kernels against the reference.
///
/// `REGLAZE_RANDOM_CASES` says how many of each operator; a handful without it. PyTorch computes all of them in one process.
@Suite(.serialized) struct RandomCaseTests {
    static let wanted = getenv("REGLAZE_RANDOM_CASES").flatMap { Int(String(cString: $0)) } ?? 4

    @Test("References give PyTorch's numbers, and kernels the references', for cases drawn at random")
    func randomCases() throws {
        guard let golden = try Self.pytorch() else { return }
        for type in OperatorSet.all where type.examples.contains(where: { if case .types = $0.outcome { true } else { false } }) {
            var compared = 0
            var refused: [String] = []
            for example in Self.candidates(type) {
                guard compared < Self.wanted, let numbers = golden[type.name, example.name] else { continue }
                do {
                    try compare(type.name, example, numbers, isStrided: compared % 2 == 1)
                    compared += 1
                } catch let error as OperatorError {
                    refused.append("\(example.name): \(error.message)")
                } catch { Issue.record("\(type.name)/\(example.name): \(error)") }
            }
            // Attributes that PyTorch takes and an operator does not are refused by design: several times as many are drawn.
            #expect(compared == Self.wanted, "\(type.name): \(compared) cases compared, refused: \(refused.prefix(3))")
        }
    }

    private func compare(_ name: String, _ example: OperatorExample, _ numbers: [Tensor], isStrided: Bool) throws {
        let found = try ImportedExample(name, example).evaluate()
        // Results that a rule does not make stand last: places of a pooling's greatest elements.
        #expect(found.map(\.type) == numbers.prefix(found.count).map(\.type), "\(name)/\(example.name)")
        for (result, reference) in zip(found, numbers) {
            let error = relativeError(result.doubles, reference.doubles)
            #expect(error <= example.tolerance, "\(name)/\(example.name) against PyTorch: \(error)")
        }
        try LoweringCheck.run(name, example, isStrided: isStrided)
    }

    /// Several times as many as wanted: PyTorch refuses some.
    private static func candidates(_ type: any CapturedOperator.Type) -> [OperatorExample] {
        (0..<4 * wanted + 12).compactMap { RandomCases.draw(type, $0) }
    }

    /// PyTorch's results for all candidates that it takes; nil where there is no PyTorch, which CI does not allow.
    private static func pytorch() throws -> GoldenNumbers? {
        guard let python = try PyTorchProcess.find() else { return nil }
        let cases = OperatorSet.all.flatMap { type in candidates(type).map { (type.name, $0) } }
        return try python.withFolder { folder in
            let file = try #require(fopen("\(folder)/cases.json", "w"))
            fputs(ExampleDocument.json(cases), file)
            fclose(file)
            try python.run(
                "Tests/OperatorsTests/Golden/operator_examples.py", "'\(folder)/cases.json' '\(folder)/numbers.txt' --skip-refused")
            return try GoldenNumbers("\(folder)/numbers.txt")
        }
    }
}
