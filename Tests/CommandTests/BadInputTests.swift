import Basics
import Pipeline
import Testing

/// Bad input gets one diagnostic with a code, and the contract's exit code; never a crash.
@Suite struct BadInputTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        let code: String
        let status: Int32
        var fixture = "tiny_cnn.pt2"
        let damage: @Sendable ([UInt8]) throws -> [UInt8]
        var testDescription: String { name }
    }

    static let archives = [
        Mistake(name: "empty", code: "I001", status: 1) { _ in [] },
        Mistake(name: "truncated", code: "I002", status: 1) { Array($0.prefix($0.count / 2)) },
        Mistake(name: "wrong magic", code: "I001", status: 1) { _ in Array("this is no archive at all, whatever its name says".utf8) },
        Mistake(name: "JSON changed", code: "I005", status: 1) { bytes in
            var copy = bytes
            if let place = copy.firstRange(of: Array("\"graph_module\"".utf8)) { copy[place.lowerBound + 1] = UInt8(ascii: "x") }
            return copy
        },
        rebuilt("deflated member", code: "I004") { try $0.change("weight_0") { $0.method = 8 } },
        rebuilt("weight whose storage is too short", code: "I014") { try $0.change("weight_0") { $0.bytes.removeLast(4) } },
        rebuilt("JSON cut in the middle", code: "I009") { try $0.change("model.json") { $0.bytes.removeLast($0.bytes.count / 2) } },
        rebuilt("unknown element type", code: "I012") { try $0.replace("model.json", "\"dtype\": 7", "\"dtype\": 14") },
        rebuilt("shape over the limits", code: "I023") {
            try $0.replace("model.json", #"{"as_int": 16}, {"as_int": 16}"#, #"{"as_int": 16777216}, {"as_int": 16777216}"#)
        },
        rebuilt("no weights table", code: "I008") { $0.members.removeAll { $0.name.hasSuffix("weights_config.json") } },
        rebuilt("parameter without a name", code: "I017", of: "mixed_precision.pt2") {
            try $0.replace("model.json", #""parameter_name": "widen.weight""#, #""parameter_name": """#)
        },
        rebuilt("weight of another type than what it is applied to", code: "I022", of: "buffers.pt2") {
            try $0.replace("model.json", #""p_convolution_weight": {"dtype": 7"#, #""p_convolution_weight": {"dtype": 6"#)
        },
        rebuilt("pickle that calls a program", code: "I030", of: "older.torch2.8.pt2") { archive in
            try archive.change("data/weights/model.pt") { member in
                guard var saved = try? StoredArchive(member.bytes) else { return }
                try? saved.replace("data.pkl", "torch._utils\n_rebuild_tensor_v2", "posix\nsystem")
                member.bytes = saved.bytes
            }
        },
    ]

    /// Damage inside a member, under right sizes and checksums.
    private static func rebuilt(
        _ name: String, code: String, of fixture: String = "tiny_cnn.pt2",
        _ change: @escaping @Sendable (inout StoredArchive) throws -> Void
    ) -> Mistake {
        Mistake(name: name, code: code, status: 1, fixture: fixture) { bytes in
            var archive = try StoredArchive(bytes)
            try change(&archive)
            return archive.bytes
        }
    }

    @Test func `An archive that is put together again is as good as before`() throws {
        let command = try Command()
        for fixture in ["tiny_cnn.pt2", "older.torch2.8.pt2"] {
            try command.write(StoredArchive(command.fixture(fixture)).bytes, to: "model.pt2")
            #expect(try command.run("build model.pt2 --target headset").status == 0)
        }
    }

    @Test(arguments: ["-j2", "-j 2", "--jobs 2", "--jobs=2"])
    func `The number of jobs is given as to any build tool`(jobs: String) throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        #expect(try command.run("build model.pt2 --target headset \(jobs)").status == 0)
    }

    @Test(arguments: archives) func `A broken archive is one diagnostic`(mistake: Mistake) throws {
        let command = try Command()
        try command.write(mistake.damage(command.fixture(mistake.fixture)), to: "model.pt2")
        let result = try command.run("build model.pt2 --target headset")
        #expect(result.status == mistake.status, "\(result.errors)")
        #expect(result.errors.contains("error[\(mistake.code)]"), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("error[") } == 1, "\(result.errors)")
    }

    @Test(arguments: ["JSON cut in the middle", "unknown element type", "shape over the limits"])
    func `The same damage in another file is told of that file`(name: String) throws {
        let command = try Command()
        let mistake = try #require(Self.archives.first { $0.name == name })
        let bytes = try mistake.damage(command.fixture(mistake.fixture))
        for file in ["one.pt2", "folder/other.pt2"] {
            try command.write(bytes, to: file)
            let result = try command.run("build \(file) --target headset")
            #expect(result.errors.contains("--> \(file)\n"), "\(result.errors)")
        }
    }

    @Test func `Kernels that do not fit are all told, each with its layer`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_attention.pt2"), to: "net.pt2")
        try command.write("from = \"headset\"\nscratchpad_bytes = 1024\nscratchpad_banks = 1\n", to: "targets/small.toml")
        try command.write("[workspace]\ntargets = [\"small\"]\n[models.net]\nprogram = \"net.pt2\"\n", to: "reglaze.toml")
        for _ in 0..<2 {
            let result = try command.run("build")
            #expect(result.status == 1 && result.errors.ranges(of: "error[K004]").count >= 2, "\(result.errors)")
            for words in [
                "fixture_models.py:69\n   = note: in the kernel of blocks.0.attention_norm",
                "py:72\n   = note: in the kernel of blocks.0\n",
            ] {
                #expect(result.errors.contains(words), "\(result.errors)")
            }
        }
    }

    /// Programs are not trusted: their names reach the terminal, and the log of a CI system that takes some lines for commands.
    @Test(arguments: [("torch.ops.aten.conv2d", "torch.ops.aten.", 1), (",stem.1,", ",stem", 0)])
    func `Names of a program move no cursor and begin no line`(place: String, start: String, status: Int32) throws {
        let command = try Command()
        var archive = try StoredArchive(command.fixture("tiny_cnn.pt2"))
        let hostile = start + #"\u001bc\u0007\r\n::error::"# + place.dropFirst(start.count)
        // The part of a model's JSON where modules are named is text within text.
        try archive.replace("model.json", place, hostile)
        try command.write(archive.bytes, to: "model.pt2")
        for arguments in ["build model.pt2 --target headset", "build model.pt2 --target headset --verbose --force", "why model"] {
            let result = try command.run(arguments)
            if arguments.hasPrefix("build") { #expect(result.status == status, "\(result.errors)") }
            let text = result.output + result.errors
            #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.actsOnTerminals }, "\(text)")
            #expect(!text.unicodeScalars.split(separator: "\n").contains { String($0).hasPrefix("::") }, "\(text)")
            if arguments.hasPrefix("build") { #expect(text.contains(#"\u001bc\u0007\u000d"#), "\(text)") }
        }
    }

    @Test func `Unsupported operators are reported all at once, each with its line`() throws {
        let command = try Command()
        try command.write(command.fixture("unsupported.pt2"), to: "model.pt2")
        let result = try command.run("build model.pt2 --target headset")
        #expect(result.status == 1)
        #expect(result.errors.split(separator: "\n").count { $0.hasPrefix("error[I020]") } >= 2, "\(result.errors)")
        #expect(result.errors.contains(".py:"))
    }

    @Test func `A float program on an integer machine is told about precision`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        let result = try command.run("build model.pt2 --target glasses")
        #expect(result.status == 1)
        #expect(result.errors.contains("precision"), "\(result.errors)")
    }

    static let manifests: [(text: String, words: [String])] = [
        ("[workspace]\nname = \"x\"\ntargts = [\"headset\"]\n", ["W003", "targts", "did you mean `targets`", "reglaze.toml:3"]),
        ("[models.a]\nprogram = 4\n", ["W004", "models.a.program", "reglaze.toml:2"]),
        ("[models.a]\n", ["W004", "needs either"]),
        ("[workspace\n", ["W002"]),
        ("[workspace]\n\n[^models.a]\n", ["W002", "saw '^'", "reglaze.toml:3"]),
        ("[models.a]\nprogram = \"a.pt2\"\nprecision = \"fp8\"\n", ["W004", "fp8"]),
        ("[models.\"../../a\"]\nprogram = \"a.pt2\"\n", ["W004", "cannot be a model's name"]),
        ("[models.a]\nprogram = \"a\\u0000.pt2\"\n", ["W004", "`models.a.program` has control characters", "reglaze.toml:2"]),
        ("[models.a]\nprogram = \"a.pt2\"\n[workspace]\ntargets = [\"../a\"]\n", ["W006", "there is no target `../a`"]),
    ]

    @Test(arguments: manifests.indices) func `A mistake in the manifest is exit code 2 with its place`(index: Int) throws {
        let command = try Command()
        let manifest = Self.manifests[index]
        try command.write(manifest.text, to: "reglaze.toml")
        let result = try command.run("build")
        #expect(result.status == 2, "\(result.errors)")
        for word in manifest.words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
    }

    @Test func `Unknown names and missing files are told with the nearest one`() throws {
        let command = try Command()
        try command.write("[workspace]\ntargets = [\"headset\"]\n[models.gaze]\nprogram = \"gone.pt2\"\n", to: "reglaze.toml")
        let unknown = try command.run("build gazes")
        #expect(unknown.status == 2 && unknown.errors.contains("did you mean `gaze`"), "\(unknown.errors)")
        let missing = try command.run("build")
        #expect(missing.status == 1 && missing.errors.contains("gone.pt2"), "\(missing.errors)")
        let target = try command.run("build gaze --target headst")
        #expect(target.status == 2 && target.errors.contains("did you mean `headset`"), "\(target.errors)")
        #expect(try command.run("build --no-such-flag").status == 2)
    }

    @Test func `Programs that would overwrite each other's image are refused, and one that is named twice is not`() throws {
        let command = try Command()
        for folder in ["one", "other"] { try command.write(command.fixture("tiny_cnn.pt2"), to: "\(folder)/net.pt2") }
        for name in ["c", "b.c"] { try command.write("from = \"headset\"\n", to: "targets/\(name).toml") }
        let models = [("a.b", "one"), ("a", "other")].map { "[models.\"\($0.0)\"]\nprogram = \"\($0.1)/net.pt2\"\n" }
        try command.write("[workspace]\ntargets = [\"c\", \"b.c\"]\n" + models.joined(), to: "reglaze.toml")
        let cases = [("build one/net.pt2 other/net.pt2 --target headset", "build/net.headset.rgi"), ("build", "build/a.b.c.rgi")]
        for (arguments, image) in cases {
            let result = try command.run(arguments)
            #expect(result.status == 2 && result.errors.contains("2 programs have one image, \(image)"), "\(result.errors)")
            #expect(result.errors.contains("one/net.pt2") && result.errors.contains("other/net.pt2"), "\(result.errors)")
            #expect(!FilePath.exists("\(command.directory)/build"))
        }
        #expect(try command.run("build one/net.pt2 one/net.pt2 --target headset --target headset").status == 0)
        #expect(try command.run("build a").status == 0)
    }

    @Test func `A failed check is exit code 3, and JSON is one document`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        try command.write(command.fixture("tiny_cnn.reweighted.safetensors"), to: "wrong.safetensors")
        let failed = try command.run("run model.pt2 --target headset --check --reference wrong.safetensors --json")
        #expect(failed.status == 3, "\(failed.errors)")
        #expect(failed.output.hasPrefix("{") && failed.output.split(separator: "\n").count == 1)
        try command.write(command.fixture("tiny_cnn.safetensors"), to: "right.safetensors")
        #expect(try command.run("run model.pt2 --target headset --check --reference right.safetensors").status == 0)
    }

    @Test func `An index outside its table is a fault of the inputs, told with the line that looks it up`() throws {
        let command = try Command()
        try command.write(command.fixture("storages.pt2"), to: "model.pt2")
        var inputs = try command.fixture("storages.safetensors")
        let nine = [9, 0, 0, 0, 0, 0, 0, 0] as [UInt8]
        let place = try #require(inputs.indices.dropLast(7).last { Array(inputs[$0..<$0 + 8]) == nine })
        inputs[place] = 42
        try command.write(inputs, to: "outside.safetensors")
        let result = try command.run("run model.pt2 --target headset --inputs outside.safetensors")
        #expect(result.status == 3, "\(result.errors)")
        let words = ["error[N013]: the index 42 is outside the 10 slices", "fixture_models.py:"]
        for word in words { #expect(result.errors.contains(word), "\(word) in \(result.errors)") }
    }
}
