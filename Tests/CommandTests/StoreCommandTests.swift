import Basics
import Glibc
import Pipeline
import Testing

/// What scripts rely on: reuse across processes, `why`, `inspect`, `cache stats`.
@Suite struct StoreCommandTests {
    @Test func `Two processes share a store: the second build writes nothing, and why explains an edit`() throws {
        let command = try Command()
        try command.write("[workspace]\ntargets = [\"headset\"]\n[models.cnn]\nprogram = \"cnn.pt2\"\n", to: "reglaze.toml")
        try command.write(command.fixture("tiny_cnn.pt2"), to: "cnn.pt2")
        #expect(try command.run("build --json").output.contains("\"compiled\":0") == false)
        let store = "\(command.directory)/.reglaze/store/data.mdb"
        #expect(FilePath.exists(store))
        let before = try ByteStorage(mapping: store).fingerprint
        let second = try command.run("build --json")
        #expect(second.output.contains("\"compiled\":0") && second.output.contains("\"executed\":{}"), "\(second.output)")
        #expect(try ByteStorage(mapping: store).fingerprint == before, "a second build must not write")
        try command.write(command.fixture("tiny_cnn.edited.pt2"), to: "cnn.pt2")
        _ = try command.run("build")
        let why = try command.run("why cnn")
        #expect(why.output.contains("was compiled in @") && why.output.contains(" -> "), "\(why.output)")
        let not = try command.run("why cnn --not")
        #expect(not.output.contains("was reused"), "\(not.output)")
    }

    @Test func `Every stage of a model prints`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        for (stage, word) in [
            ("graph", "convolution("), ("subgraphs", "subgraph "), ("kernels", "kernel "), ("asm", "halt"), ("plan", "sram"),
        ] {
            let result = try command.run("inspect model.pt2 --target headset --stage \(stage)")
            #expect(result.status == 0 && result.output.contains(word), "\(stage): \(result.output.prefix(300))")
            // What is read back says no less than what was just made: in a store that was filled by a build, and in none.
            #expect(try command.run("build model.pt2 --target headset --cache-dir \(stage)").status == 0)
            for place in ["--cache-dir \(stage)", "--no-cache"] {
                let again = try command.run("inspect model.pt2 --target headset --stage \(stage) \(place)")
                #expect(again.output == result.output, "\(stage), \(place)")
            }
        }
    }

    @Test func `A removed image and a removed store are made again`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        #expect(try command.run("build model.pt2 --target headset").status == 0)
        let image = try ByteStorage(mapping: "\(command.directory)/build/model.headset.rgi").array
        #expect(try command.run("target list").status == 0)
        try command.write([], to: "build/model.headset.rgi")
        #expect(try command.run("build model.pt2 --target headset").status == 0)
        #expect(try ByteStorage(mapping: "\(command.directory)/build/model.headset.rgi").array == image)
        #expect(try command.run("cache clear").status == 0)
        #expect(try command.run("build model.pt2 --target headset").status == 0)
        #expect(try ByteStorage(mapping: "\(command.directory)/build/model.headset.rgi").array == image)
    }

    @Test func `A directory of the user's is a store and stays the user's`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        func has(_ names: [String]) -> [Bool] { names.map { FilePath.exists("\(command.directory)/\($0)") } }
        for _ in 0..<2 { #expect(try command.run("build model.pt2 --target headset --cache-dir .").status == 0) }
        // In `.gitignore` would stand that nothing here is of interest, and in the tag that none of it needs a backup.
        #expect(has(["store/data.mdb", ".gitignore", "CACHEDIR.TAG"]) == [true, false, false])
        #expect(try command.run("build model.pt2 --target headset --cache-dir new/store").status == 0)
        #expect(has(["new/store/store/data.mdb", "new/store/.gitignore", "new/store/CACHEDIR.TAG"]) == [true, true, true])
        #expect(try command.run("cache clear --cache-dir .").status == 0 && has(["model.pt2", "build/model.headset.rgi"]) == [true, true])
    }

    @Test func `What holds of a program for two targets is said once`() throws {
        let command = try Command()
        try command.write(command.fixture("buffers.pt2"), to: "model.pt2")
        let targets = "--target headset --target edge"
        for _ in 0..<2 {
            let result = try command.run("build model.pt2 \(targets)")
            #expect(result.status == 0 && result.errors.ranges(of: "warning[P021]").count == 1, "\(result.errors)")
        }
    }

    /// What `sudo`, or a container, leaves of a store: files of another user. Root heeds permissions as others do where it gives up its right not to.
    @Test func `A program is one however its path is spelt`() throws {
        let command = try Command()
        try command.write("[workspace]\ntargets = [\"headset\"]\n[models.net]\nprogram = \"one//./net.pt2\"\n", to: "reglaze.toml")
        try command.write(command.fixture("tiny_cnn.pt2"), to: "one/net.pt2")
        #expect(try command.run("build").status == 0)
        for (path, directory) in [
            ("one/net.pt2", "."), ("./one/net.pt2", "."), (".//one/././net.pt2", "."), ("net.pt2", "one"), ("./net.pt2", "one"),
            ("'\(command.directory)/one/net.pt2'", "/"),
        ] {
            let workspace = directory == "/" ? "-w '\(command.directory)'" : ""
            let result = try command.run(
                "build \(path) \(workspace)", environment: "cd \(directory) &&", streams: ">'\(command.directory)/out.txt' 2>&1")
            #expect(result.status == 0 && !result.output.contains("Linked"), "\(path): \(result.output)")
        }
    }

    @Test(arguments: ["data.mdb", "lock.mdb"], [0o444, 0])
    func `A store whose files another user owns is read where it can be, and no build fails`(file: String, mode: Int) throws {
        let command = try Command()
        let asOther = geteuid() == 0 ? "setpriv --bounding-set -dac_override,-dac_read_search" : ""
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        #expect(try command.run("build model.pt2 -t headset").status == 0)
        let image = try command.image("model.headset")
        #expect(chmod("\(command.directory)/.reglaze/store/\(file)", mode_t(mode)) == 0)

        let result = try command.run("build model.pt2 -t headset", environment: asOther)
        let isReadable = file != "data.mdb" || mode != 0
        #expect(result.status == 0 && result.errors.contains("warning[S001]"), "\(result.status) \(result.errors)")
        #expect(result.errors.contains("warning[S007]") != isReadable, "\(result.errors)")
        #expect(result.errors.contains("0 reused") != isReadable, "\(result.errors)")
        #expect(try command.image("model.headset") == image)
        let collected = try command.run("cache gc", environment: asOther)
        #expect(collected.status == 6 && collected.errors.contains("error[S001]"), "\(collected.status) \(collected.errors)")
    }
}
