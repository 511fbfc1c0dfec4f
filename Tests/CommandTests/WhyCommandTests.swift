import Testing

/// `why` speaks of a model's last builds, whatever else was done since.
@Suite struct WhyCommandTests {
    private let command: Command

    init() throws {
        command = try Command()
        try command.write(
            "[workspace]\ntargets = [\"headset\"]\n[models.one]\nprogram = \"one.pt2\"\n[models.two]\nprogram = \"two.pt2\"\n",
            to: "reglaze.toml")
    }

    private func build(_ one: String, _ two: String, models: String = "") throws {
        try command.write(command.fixture("\(one).pt2"), to: "one.pt2")
        try command.write(command.fixture("\(two).pt2"), to: "two.pt2")
        let result = try command.run("build -q \(models)")
        #expect(result.status == 0, "\(result.errors)")
    }

    private func why(_ words: String) throws -> String { try command.run("why \(words)").output }

    @Test func `An edit of another model hides neither what an edit caused nor its first cause`() throws {
        try build("tiny_cnn", "tiny_attention")
        try build("tiny_cnn.edited", "tiny_attention")
        let told = try why("one")
        #expect(told.contains("was compiled in @2") && told.contains("    produced by middle.expand"))
        try build("tiny_cnn.edited", "inplace")
        #expect(try why("one") == told)
        #expect(try why("two").contains("was compiled in @3"))
    }

    @Test func `What is told to be reused was reused by the last build of the model`() throws {
        try build("tiny_cnn", "tiny_attention")
        #expect(try why("--not one") == "no kernel of one was reused in @1\n")
        try build("tiny_cnn", "inplace")
        let lines = try why("--not one").split(separator: "\n")
        let heads = lines.filter { !$0.hasPrefix(" ") }
        #expect(heads.count == 14 && heads.allSatisfy { $0.contains(" was reused in @2") }, "\(lines)")
        #expect(lines.filter { $0.contains("compiled in @1 at ") }.count == 14)
        try build("tiny_cnn.edited", "inplace", models: "one")
        #expect(try why("--not two").contains(" was compiled") == false)
        #expect(try why("--not one").split(separator: "\n").filter { $0.contains(" was reused in @3") }.count == 11)
    }
}
