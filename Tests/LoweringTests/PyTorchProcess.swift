import Basics
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Runs scripts of the tests in the project's PyTorch environment.
struct PyTorchProcess {
    private let root: String

    /// Nil where there is no PyTorch, which CI does not allow.
    static func find() throws -> PyTorchProcess? {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
        guard access("\(root)/.venv/bin/python", X_OK) == 0 else {
            print("skipped: no PyTorch")
            #expect(getenv("CI").map { String(cString: $0) } != "true", "CI has to have PyTorch")
            return nil
        }
        return PyTorchProcess(root: root)
    }

    /// Gives `body` an empty folder, which is removed behind it.
    func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        var template = Array("/tmp/reglaze-tests-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer { _ = system("rm -rf '\(folder)'") }
        return try body(folder)
    }

    /// Runs a script of the repository with arguments as the shell takes them.
    func run(_ script: String, _ arguments: String) throws {
        let status = system("OMP_NUM_THREADS=1 '\(root)/.venv/bin/python' -W ignore '\(root)/\(script)' \(arguments)")
        try #require(status == 0, "\(script) failed")
    }

    /// The lines of a file.
    static func lines(of path: String) throws -> [String] {
        let bytes = try ByteStorage(mapping: path)
        return String(decoding: bytes.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
