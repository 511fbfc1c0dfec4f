import Basics
import Glibc
import Pipeline
import Testing

/// `reglaze diff` from outside: what it takes, what it says, how it ends.
@Suite struct DiffCommandTests {
    private final class Workshop {
        let directory: String

        init() throws {
            var template = Array("/tmp/reglaze-diff-XXXXXX".utf8CString)
            directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        }

        deinit { _ = system("rm -rf '\(directory)'") }

        func place(_ fixture: String, at name: String = "model.pt2") throws {
            try FilePath.write(WatchBench.fixture(fixture), to: "\(directory)/\(name)")
        }

        /// Runs the command with words that hold no quotes.
        func run(_ arguments: String) throws -> (status: Int32, output: String, errors: String) {
            let executable = try #require(TerminalSession.executable, "build the reglaze executable first")
            let status = system("cd '\(directory)' && '\(executable)' \(arguments) --cache-dir cache >out.txt 2>err.txt </dev/null")
            func text(_ file: String) throws -> String {
                FilePath.sizeBytes("\(directory)/\(file)") == 0 ? "" : try FilePath.text("\(directory)/\(file)") ?? ""
            }
            return ((status >> 8) & 0xFF, try text("out.txt"), try text("err.txt"))
        }

        func build() throws { #expect(try run("build model.pt2 --target headset").status == 0) }
    }

    @Test func `The last two builds are compared when nothing is said`() throws {
        let workshop = try Workshop()
        for program in ["tiny_cnn", "tiny_cnn.edited"] {
            try workshop.place(program)
            try workshop.build()
        }
        let result = try workshop.run("diff")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("model/headset  @1 -> @2"), "\(result.output)")
        #expect(result.output.contains("middle.expand"))
        #expect(try workshop.run("diff @1 @2").output == workshop.run("diff @-1 @").output)
        // The other way round: what was compiled then is known from the store now.
        #expect(try workshop.run("diff @ @-1").output.contains("from store"))
        let json = try workshop.run("diff --json")
        #expect(json.output.hasPrefix("{\"from\":{\"generation\":1,\"reference\":\"@-1\"}"), "\(json.output)")
        #expect(json.output.contains("\"schema\":\"reglaze.diff/1\""))
    }

    @Test func `Commands that build nothing are no builds`() throws {
        let workshop = try Workshop()
        for program in ["tiny_cnn", "tiny_cnn.edited"] {
            try workshop.place(program)
            try workshop.build()
            #expect(try workshop.run("inspect model.pt2 --stage plan --target headset").status == 0)
        }
        let result = try workshop.run("diff")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("middle.expand"))
    }

    @Test func `Images are compared by path`() throws {
        let workshop = try Workshop()
        for program in ["tiny_cnn", "tiny_cnn.edited"] {
            try workshop.place(program)
            try workshop.build()
            rename("\(workshop.directory)/build/model.headset.rgi", "\(workshop.directory)/\(program).rgi")
        }
        let images = try workshop.run("diff tiny_cnn.rgi tiny_cnn.edited.rgi")
        #expect(images.status == 0, "\(images.errors)")
        #expect(images.output.contains("middle.expand"))
        let mixed = try workshop.run("diff @1 tiny_cnn.edited.rgi")
        #expect(mixed.status == 0, "\(mixed.errors)")
        #expect(mixed.output.contains("middle.expand"))
    }

    private static let mistakes: [(String, Int32)] = [
        ("diff", 4), ("diff @7 @", 4), ("diff nonsense @", 2), ("diff @x @", 2), ("diff @+1 @", 2), ("diff missing.rgi @", 2),
        ("diff model.rgi @", 2),
    ]

    @Test(arguments: mistakes)
    func `A reference that is none is exit code 2, and one that finds nothing 4`(arguments: String, status: Int32) throws {
        let workshop = try Workshop()
        try workshop.place("tiny_cnn", at: "model.rgi")
        let result = try workshop.run(arguments)
        #expect(result.status == status, "\(result.output) \(result.errors)")
        #expect(!result.errors.isEmpty)
    }

    @Test func `Builds of different models have nothing in common, which is said`() throws {
        let workshop = try Workshop()
        try workshop.place("tiny_cnn")
        try workshop.build()
        try workshop.place("tiny_attention", at: "other.pt2")
        #expect(try workshop.run("build other.pt2 --target headset").status == 0)
        let result = try workshop.run("diff")
        #expect(result.status == 4)
        #expect(result.errors.contains("model/headset") && result.errors.contains("other/headset"), "\(result.errors)")
    }
}
