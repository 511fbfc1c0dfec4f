import Basics
import Pipeline
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The operator reference in the repository is what the operators say of themselves.
@Suite struct OperatorReferenceTests {
    @Test("The operator reference is current; REGLAZE_BLESS=1 rewrites it")
    func isCurrent() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        let path = "\(root)/Sources/Operators/Operators.docc/OperatorReference.md"
        if getenv("REGLAZE_BLESS").map({ String(cString: $0) }) == "1" {
            let file = try #require(fopen(path, "w"))
            fputs(OperatorListDocument.reference, file)
            fclose(file)
        }
        let bytes = try ByteStorage(mapping: path)
        #expect(String(decoding: bytes.array, as: UTF8.self) == OperatorListDocument.reference)
    }
}
