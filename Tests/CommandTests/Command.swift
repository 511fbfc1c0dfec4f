import Basics
import Glibc
import Pipeline
import Testing

/// Runs the built command as a user does, in a directory of its own.
struct Command {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    let directory: String

    init() throws {
        var template = Array("/tmp/reglaze-command-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    /// The executable beside the test bundle.
    static let executable: String? = {
        var parts = (CommandLine.arguments.first ?? "").split(separator: "/").dropLast().map(String.init)
        while !parts.isEmpty {
            let candidate = "/" + parts.joined(separator: "/") + "/reglaze"
            if FilePath.exists(candidate) && !FilePath.exists(candidate + "/Package.swift") { return candidate }
            parts.removeLast()
        }
        return nil
    }()

    static let fixtures = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures"

    func write(_ bytes: [UInt8], to file: String) throws {
        let path = "\(directory)/\(file)"
        try FilePath.makeDirectory(FilePath.directory(path))
        try FilePath.write(bytes, to: path)
    }

    func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

    func fixture(_ name: String) throws -> [UInt8] { try ByteStorage(mapping: "\(Self.fixtures)/\(name)").array }

    /// Runs `reglaze` with words that hold no quotes, and settings of the environment besides. `streams` is where it reads and writes.
    func run(_ arguments: String, environment: String = "", streams: String = ">out.txt 2>err.txt </dev/null") throws -> Result {
        let executable = try #require(Self.executable, "build the reglaze executable first")
        let status = system("cd '\(directory)' && \(environment) '\(executable)' \(arguments) \(streams)")
        func text(_ file: String) throws -> String {
            guard FilePath.exists("\(directory)/\(file)") else { return "" }
            return try FilePath.text("\(directory)/\(file)") ?? ""
        }
        return Result(status: (status >> 8) & 0xFF, output: try text("out.txt"), errors: try text("err.txt"))
    }
}
