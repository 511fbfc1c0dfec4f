import OperatorTestKit
import Operators
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Writes the examples as JSON for `operator_examples.py`, which runs them in PyTorch: set `REGLAZE_EXAMPLES` to the file to write.
@Suite struct ExampleListing {
    @Test("The listing of examples is written when asked for")
    func write() throws {
        guard let path = getenv("REGLAZE_EXAMPLES").map({ String(cString: $0) }) else { return }
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        fputs(ExampleDocument.json(OperatorSet.all.flatMap { type in type.examples.map { (type.name, $0) } }), file)
    }
}
