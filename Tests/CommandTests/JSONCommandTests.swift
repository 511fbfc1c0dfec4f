import Basics
import Pipeline
import Testing

/// `--json` prints exactly one document, which names its schema, whatever the command.
@Suite struct JSONCommandTests {
    private static let commands = [
        ("build", "build"), ("run net --check", "run"), ("run net --check -t headset -t edge", "runs"),
        ("build -t headset -t edge", "build"), ("why net", "why"), ("why net --not", "why"), ("diff @ @", "diff"),
        ("explain I020", "explain"),
        ("inspect net --stage kernels", "inspect"), ("cache stats", "cache-stats"), ("cache gc", "cache-gc"),
        ("cache verify", "cache-verify"),
        ("cache export bundle", "cache-bundle"), ("cache import bundle", "cache-bundle"), ("cache clear", "cache-clear"),
        ("target list", "target-list"),
        ("target show headset", "target"), ("target show headset --isa", "isa"), ("target new mine --from headset", "target-new"),
        ("cost --target headset --gemm 8x8x8", "cost"), ("op list", "op-list"), ("doctor", "doctor"),
    ]

    @Test func `Every command prints one document of its schema`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "net.pt2")
        try command.write(command.fixture("tiny_cnn.safetensors"), to: "net.safetensors")
        try command.write(
            "[workspace]\ntargets = [\"headset\"]\n[models.net]\nprogram = \"net.pt2\"\nreference = \"net.safetensors\"\n",
            to: "reglaze.toml")
        for (arguments, schema) in Self.commands {
            let result = try command.run("\(arguments) --json")
            #expect(result.output.hasPrefix("{") && result.output.hasSuffix("}\n"), "\(arguments): \(result.output.prefix(100))")
            #expect(result.output.split(separator: "\n").count == 1, "\(arguments)")
            #expect(result.output.contains("\"schema\":\"reglaze.\(schema)/1\""), "\(arguments): \(result.output.prefix(100))")
        }
    }

    @Test func `The outputs of several targets do not go to one file`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "net.pt2")
        try command.write(command.fixture("tiny_cnn.safetensors"), to: "net.safetensors")
        let run = "run net.pt2 --reference net.safetensors --outputs out.safetensors -t headset"
        let refused = try command.run("\(run) -t edge")
        #expect(refused.status == 2 && refused.errors.contains("headset, edge give outputs each"), "\(refused.errors)")
        #expect(try command.run(run).status == 0)
    }

    @Test func `A new target is read as it is written, and a name or a base that cannot be is refused`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "net.pt2")
        try command.write("[workspace]\ntargets = [\"mine\"]\n[models.net]\nprogram = \"net.pt2\"\n", to: "reglaze.toml")
        #expect(try command.run("target new mine --from headset").output == "created targets/mine.toml\n")
        #expect(try command.run("build").status == 0)
        for (arguments, word) in [
            ("new mine --from headset", "already"), ("new headset --from headset", "already"),
            ("new ../mine --from headset", "cannot be a target's name"),
            ("new other --from mine", "there is no built-in target `mine`"), ("new other --from headst", "did you mean `headset`"),
        ] {
            let result = try command.run("target \(arguments)")
            #expect(result.status == 2 && result.errors.contains(word), "\(arguments): \(result.errors)")
        }
        #expect(Directory.names(in: "\(command.directory)/targets") == ["mine.toml"])
    }
}
