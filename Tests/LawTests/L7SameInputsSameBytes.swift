import Basics
import Glibc
import Pipeline
import Testing

/// L7: same inputs, same bytes: other directory, locale, thread count, hash seed.
@Suite struct L7SameInputsSameBytes {
    @Test(arguments: ["tiny_cnn", "tiny_attention"])
    func `Another directory and other thread counts give the same image`(program: String) async throws {
        var images: [[UInt8]] = []
        for jobs in [1, 2, 5] {
            let bench = try LawBench()
            try bench.edit(Fixture.path(program))
            images.append(try bench.image(try await bench.build(jobs: jobs)))
        }
        #expect(images[0] == images[1] && images[0] == images[2])
    }

    /// Every process has another hash seed; the command is run as a user in other places would run it.
    @Test func `Processes with other hash seeds, locales and time zones give the same image`() throws {
        let command = try #require(Self.command, "build the reglaze executable first")
        var images: [[UInt8]] = []
        for environment in [
            ["LANG=C", "TZ=UTC"], ["LANG=de_DE.UTF-8", "LC_ALL=de_DE.UTF-8", "TZ=Asia/Tokyo"], ["LANG=tr_TR.UTF-8", "HOME=/nonexistent"],
        ] {
            let bench = try LawBench()
            try bench.edit(Fixture.path("tiny_cnn"))
            let script =
                "cd '\(bench.directory)' && env \(environment.joined(separator: " ")) '\(command)' build model.pt2 --target headset -q --cache-dir cache"
            #expect(system(script) == 0)
            images.append(try ByteStorage(mapping: "\(bench.directory)/build/model.headset.rgi").array)
        }
        #expect(images[0] == images[1] && images[0] == images[2])
    }

    /// As root, where the other user can reach the command.
    @Test func `Another user gets the same image`() throws {
        let command = try #require(Self.command, "build the reglaze executable first")
        let other = "setpriv --reuid 65534 --regid 65534 --clear-groups"
        guard geteuid() == 0, system("\(other) test -x '\(command)'") == 0 else { return }
        var images: [[UInt8]] = []
        for prefix in ["", other] {
            let bench = try LawBench()
            try bench.edit(Fixture.path("tiny_cnn"))
            chmod(bench.directory, 0o777)
            #expect(
                system(
                    "cd '\(bench.directory)' && umask 077 && \(prefix) env HOME=/ '\(command)' build model.pt2 --target headset -q --cache-dir cache"
                ) == 0)
            images.append(try ByteStorage(mapping: "\(bench.directory)/build/model.headset.rgi").array)
        }
        #expect(images[0] == images[1])
    }

    /// The executable beside the test bundle.
    private static var command: String? {
        var parts = (CommandLine.arguments.first ?? "").split(separator: "/").dropLast().map(String.init)
        while !parts.isEmpty {
            let candidate = "/" + parts.joined(separator: "/") + "/reglaze"
            if FilePath.exists(candidate) && !FilePath.exists(candidate + "/Package.swift") { return candidate }
            parts.removeLast()
        }
        return nil
    }
}
