import Basics
import Glibc
import Pipeline
import Testing

/// `cache …`, and the flags of `build` that ask how far the store is to be trusted.
@Suite struct CacheCommandTests {
    private let command: Command

    init() throws {
        command = try Command()
        try command.write("[workspace]\ntargets = [\"headset\"]\n[models.cnn]\nprogram = \"cnn.pt2\"\n", to: "reglaze.toml")
        try place("tiny_cnn")
    }

    private func place(_ fixture: String) throws { try command.write(command.fixture("\(fixture).pt2"), to: "cnn.pt2") }

    private func build(_ flags: String = "") throws -> Command.Result { try command.run("build -q \(flags)") }

    @Test func `Statistics tell hits, misses by reason, and what was saved`() throws {
        #expect(try build().status == 0)
        try place("tiny_cnn.edited")
        #expect(try build().status == 0)
        let stats = try command.run("cache stats --json")
        #expect(stats.status == 0 && stats.output.hasPrefix("{") && stats.output.split(separator: "\n").count == 1)
        for field in [
            "reglaze.cache-stats/1", "\"entries\":", "\"builds\":2", "\"hits\":", "\"misses\":{\"absent\":", "\"saved_seconds\":",
        ] {
            #expect(stats.output.contains(field), "\(field) in \(stats.output)")
        }
        #expect(!stats.output.contains("\"saved_bytes\":0,"), "\(stats.output)")
        let text = try command.run("cache stats")
        #expect(text.output.contains("hits         ") && text.output.contains("absent"), "\(text.output)")
    }

    /// With so few descriptors the store cannot be opened, or its files cannot: what is told then is not what it holds.
    @Test func `A command about a store that it cannot read fails, and leaves the bundle of before alone`() throws {
        #expect(try build().status == 0)
        #expect(try command.run("cache export bundle").status == 0)
        func bundle() throws -> [UInt8] { try ByteStorage(copying: "\(command.directory)/bundle").array }
        let before = try bundle()
        var failed: [String: Int] = [:]
        for words in [
            "cache export bundle", "cache verify --sample 0", "cache gc", "cache stats", "cache import bundle", "why cnn", "diff @ @",
        ] {
            let whole = try command.run(words)
            for descriptors in 6...16 {
                let result = try command.run(words, environment: "sh -c 'ulimit -n \(descriptors); exec \"$0\" \"$@\"'")
                let told: Comment = "\(words), \(descriptors) descriptors: \(result.status) \(result.output) \(result.errors)"
                if result.status == 0 {
                    #expect(result.output == whole.output, told)
                } else {
                    // With fewer still, the manifest cannot be read either, and there are none for threads.
                    let expected = result.status == 6 ? ["S007"] : ["W008", "W016"]
                    #expect(result.output.isEmpty && expected.contains { result.errors.contains("error[\($0)]") }, told)
                    if result.status == 6 { failed[words, default: 0] += 1 }
                }
            }
        }
        #expect(failed.count == 7, "some are never refused: \(failed)")
        #expect(try bundle() == before)
    }

    @Test func `Whatever command finds a store that has to be made anew, it says so`() throws {
        #expect(try build().status == 0)
        #expect(try command.run("cache export bundle").status == 0)
        for words in [
            "cache export other", "cache verify --sample 0", "cache verify", "cache gc", "cache stats", "cache import bundle",
            "cache clear",
            "why cnn", "diff @ @", "build", "inspect cnn --stage plan",
        ] {
            try command.write([UInt8](repeating: 7, count: 20_000), to: ".reglaze/store/data.mdb")
            let result = try command.run(words)
            #expect(result.errors.contains("warning[S004]"), "\(words): \(result.status) \(result.errors)")
            #expect(!words.contains("verify") || result.status == 3, "\(words): \(result.status)")
            #expect(try !command.run(words).errors.contains("S004"), "\(words), again")
        }
    }

    @Test func `Collecting keeps what the last build uses`() throws {
        for fixture in ["tiny_cnn", "tiny_attention", "tiny_cnn.edited"] {
            try place(fixture)
            #expect(try build().status == 0)
        }
        let collected = try command.run("cache gc --max-size 1KiB --json")
        #expect(collected.status == 0 && collected.output.contains("reglaze.cache-gc/1"), "\(collected.errors)")
        #expect(!collected.output.contains("\"bytes_freed\":0,"), "\(collected.output)")
        #expect(try build("--frozen").status == 0, "what the last build uses must stay")
        try place("tiny_attention")
        #expect(try build("--frozen").status == 5)
        #expect(try command.run("cache gc --max-size 3").status == 2)
    }

    /// A simulation and a stage as text are recorded as a build is. What is kept, carried and explained is the last build's all the same.
    @Test func `The last build stays the last when its values are simulated`() throws {
        try command.write(command.fixture("tiny_cnn.safetensors"), to: "cnn.safetensors")
        for fixture in ["tiny_attention", "tiny_cnn", "tiny_cnn.edited"] {
            try place(fixture)
            #expect(try build().status == 0)
        }
        let why = try command.run("why cnn --json")
        #expect(try command.run("run cnn --reference cnn.safetensors").status == 0)
        #expect(try command.run("inspect cnn --stage plan").status == 0)
        #expect(why.output.contains("\"reasons\":["))
        #expect(try command.run("why cnn --json").output == why.output)

        #expect(try command.run("cache export bundle --generations 1").status == 0)
        let other = try Command()
        try other.write(ByteStorage(mapping: "\(command.directory)/bundle").array, to: "bundle")
        try other.write(ByteStorage(mapping: "\(command.directory)/cnn.pt2").array, to: "cnn.pt2")
        #expect(try other.run("cache import bundle").status == 0)
        #expect(try other.run("build cnn.pt2 --target headset --frozen").status == 0, "the bundle holds what the last build uses")
        for few in [0, -1] { #expect(try command.run("cache export bundle --generations=\(few)").status == 0) }

        #expect(try command.run("cache gc --max-size 1KiB --generations 1").status == 0)
        #expect(try command.run("why cnn").output.contains("was compiled in @3"))
        try command.write([], to: "build/cnn.headset.rgi")
        #expect(try build("--frozen").status == 0, "what the last build uses must stay")
    }

    @Test func `The store is kept under its size whatever is done between builds`() throws {
        try command.write(
            "[workspace]\ntargets = [\"headset\"]\n[models.cnn]\nprogram = \"cnn.pt2\"\n[cache]\nmax_size = \"1KiB\"\n", to: "reglaze.toml")
        let fixtures = [
            "tiny_cnn", "tiny_attention", "inplace", "constants", "storages", "mixed_precision", "multi_output", "tiny_cnn.dilated",
        ]
        for fixture in fixtures {
            try place(fixture)
            #expect(try build().status == 0)
            // One generation each: those of builds alone have odd numbers.
            #expect(try command.run("run cnn --reference '\(Command.fixtures)/\(fixture).safetensors'").status == 0)
        }
        try place(fixtures[0])
        #expect(try build("--frozen").status == 5, "what was used longest ago has gone")
    }

    /// The graphs of blocks that captures remember lie beside the store, and count with it.
    @Test func `What captures keep is told, bounded and cleared with the store`() throws {
        #expect(try build().status == 0)
        let files = (1...4).map { ".reglaze/capture/blocks/a\($0)/a\($0)00.json" }
        let others = [".reglaze/capture/blocks/a1/mine.txt", ".reglaze/capture/scratch-new/program.pt2"]
        let abandoned = ".reglaze/capture/scratch-old/program.pt2"
        for file in files + others + [abandoned] { try command.write([UInt8](repeating: 1, count: 1_000), to: file) }
        func isThere(_ file: String) -> Bool { FilePath.exists("\(command.directory)/\(file)") }
        system("cd '\(command.directory)' && touch -d '2 days ago' \(files[2]) .reglaze/capture/scratch-old")
        let stats = try command.run("cache stats --json").output
        #expect(stats.contains("\"blocks\":{\"bytes\":4000,\"entries\":4}"), "\(stats)")

        #expect(try command.run("cache gc --max-size 36KiB").status == 0)
        #expect(files.map(isThere) == [true, true, false, true])
        #expect((others + [abandoned]).map(isThere) == [true, true, false])

        let cleared = try command.run("cache clear")
        #expect(cleared.status == 0 && !files.contains(where: isThere) && others.allSatisfy(isThere))
        #expect(try command.run("cache stats").output.contains("blocks ") == false)
    }

    @Test func `Verifying computes a sample again, and tells and drops what is damaged`() throws {
        // Its weights are too big to travel in the results that name them.
        try place("../../workspace-example/captured/gazenet")
        #expect(try build().status == 0)
        let clean = try command.run("cache verify --sample 1/1 --json")
        #expect(clean.status == 0, "\(clean.output) \(clean.errors)")
        #expect(clean.output.contains("reglaze.cache-verify/1") && clean.output.contains("\"disagreements\":[]"))
        #expect(!clean.output.contains("\"audited\":0,"), "\(clean.output)")
        for directory in Directory.names(in: "\(command.directory)/.reglaze/blobs").prefix(1) {
            let name = try #require(Directory.names(in: "\(command.directory)/.reglaze/blobs/\(directory)").first)
            try command.write([1, 2, 3], to: ".reglaze/blobs/\(directory)/\(name)")
        }
        let damaged = try command.run("cache verify --sample 0 --json")
        #expect(damaged.status == 3 && damaged.output.contains("\"damaged_files\":1"), "\(damaged.output)")
        let after = try command.run("cache verify --sample 0")
        #expect(after.status == 0 && after.output.contains("0 damaged"), "\(after.output)")
        try command.write([], to: "build/cnn.headset.rgi")
        #expect(try build().status == 0)
        // Of a model that cannot be built no sample is taken.
        try command.write("no archive", to: "cnn.pt2")
        let unbuilt = try command.run("cache verify")
        #expect(unbuilt.status == 1 && unbuilt.errors.contains("error[I001]") && unbuilt.output.contains("0 damaged"), "\(unbuilt.errors)")
        #expect(try command.run("cache verify --sample 0").status == 0)
    }

    @Test func `A bundle carries a store to another workspace, and a damaged one is told`() throws {
        #expect(try build().status == 0)
        let exported = try command.run("cache export store.bundle --json")
        #expect(exported.status == 0 && exported.output.contains("\"action\":\"exported\""), "\(exported.errors)")
        let other = try Command()
        let bundle = try ByteStorage(mapping: "\(command.directory)/store.bundle").array
        try other.write(bundle, to: "store.bundle")
        try other.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        #expect(try other.run("build model.pt2 --target headset --frozen").status == 5)
        #expect(try other.run("cache import store.bundle").status == 0)
        let frozen = try other.run("build model.pt2 --target headset --frozen")
        #expect(frozen.status == 0, "\(frozen.errors)")
        let again = try other.run("cache import store.bundle --json")
        #expect(again.output.contains("\"records\":0,"), "\(again.output)")

        var damaged = bundle
        damaged[bundle.count / 2] ^= 1
        try other.write(damaged, to: "damaged.bundle")
        let partial = try other.run("cache import damaged.bundle")
        #expect(partial.status == 0 && partial.errors.contains("warning[S032]"), "\(partial.errors)")
        let none = try other.run("cache import model.pt2")
        #expect(none.status == 2 && none.errors.contains("error[W020]"), "\(none.errors)")
        #expect(try other.run("cache import gone.bundle").status == 2)
    }

    @Test func `A bundle after a base holds only what is new`() throws {
        #expect(try build().status == 0)
        #expect(try command.run("cache export one.bundle").status == 0)
        try place("tiny_cnn.edited")
        #expect(try build().status == 0)
        #expect(try command.run("cache export two.bundle --base one.bundle").status == 0)
        #expect(try command.run("cache export newest.bundle --generations 1").status == 0)
        #expect(try command.run("cache clear").status == 0)
        for bundle in ["one", "two"] { #expect(try command.run("cache import \(bundle).bundle").status == 0) }
        #expect(try build("--frozen").status == 0)
        #expect(try command.run("cache clear").status == 0)
        #expect(try command.run("cache import newest.bundle").status == 0)
        #expect(try build("--frozen").status == 0)
        try place("tiny_cnn")
        #expect(try build("--frozen").status == 5)
    }

    @Test func `Hits are compared on demand, in this process and in another one`() throws {
        #expect(try build().status == 0)
        let checked = try command.run("build --json --check-hits")
        #expect(checked.status == 0 && checked.output.contains("\"disagreements\":[]") && checked.output.contains("\"compiled\":0"))
        let some = try command.run("build --check-hits=1/4 cnn")
        #expect(some.status == 0 && some.errors.contains("computed again: equal"), "\(some.errors)")
        let audited = try command.run("build cnn --audit 50%")
        #expect(audited.status == 0 && audited.errors.contains("computed again: equal"), "\(audited.errors)")
        #expect(try command.run("build --audit maybe").status == 2)
    }

    @Test func `A frozen build compiles nothing, and a forced one everything`() throws {
        let frozen = try build("--frozen")
        #expect(frozen.status == 5 && frozen.errors.contains("error[S030]"), "\(frozen.errors)")
        #expect(try build("--offline").status == 0)
        #expect(try build("--frozen").status == 0)
        // What was built is looked at further, what was not is told once.
        let switches = "--frozen --verify-each --print-after linked"
        let other = try command.run("build \(switches) --target headset --target edge-mono --precision bf16")
        #expect(other.status == 5 && other.errors.contains("error[S030]") && !other.errors.contains("internal error"), "\(other.errors)")
        let forced = try command.run("build --force --json --stats")
        #expect(forced.output.contains("asked for") && forced.output.contains("\"missed\":{\"forced\":"), "\(forced.output)")
        let kind = try command.run("build --force=GenerateKernel --json")
        #expect(kind.output.contains("\"packed\":0") && !kind.output.contains("\"compiled\":0,"), "\(kind.output)")
        let stats = try command.run("build --stats")
        #expect(stats.errors.contains("BuildProgram") && stats.errors.contains("reads"), "\(stats.errors)")
    }
}
