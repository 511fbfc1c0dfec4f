import Basics
import EngineTestKit
import Foundation
import Pipeline
import Testing

/// Builds in which one system call fails, or all of its sort from some moment on, by strace: the errors of
/// disks, limits and permissions, in places drawn at random. Whatever it is, the command says so or does without, and the next build is right and complete.
///
/// `REGLAZE_FUZZ_CASES` says how many builds.
@Suite struct FailedCallTests {
    private static let count = Int(ProcessInfo.processInfo.environment["REGLAZE_FUZZ_CASES"] ?? "") ?? 150

    /// Each with how often a build makes it, roughly, in its busiest thread.
    private static let calls = [
        ("openat", 40), ("read", 40), ("newfstatat", 40), ("close", 40), ("write", 60), ("rename", 30), ("mkdir", 30), ("access", 12),
        ("mmap", 12), ("fcntl", 4),
        ("getdents64", 3), ("pread64", 3), ("pwrite64", 5), ("writev", 4), ("lseek", 4), ("ftruncate", 2), ("fallocate", 2), ("flock", 2),
    ]
    private static let errors = ["EIO", "ENOSPC", "EMFILE", "EACCES", "ENOMEM"]

    private static let hasStrace = system("command -v strace >/dev/null") == 0
    /// Whether strace is there and cannot do its work: a container may forbid to trace processes.
    private static let isForbidden = hasStrace && system("strace -qq -o /dev/null true >/dev/null 2>&1") != 0

    /// Of both programs, built without a store; the second one stays in its place.
    private func images(_ command: Command) throws -> [String: [UInt8]] {
        var images: [String: [UInt8]] = [:]
        for program in ["tiny_cnn.edited", "tiny_cnn"] {
            try command.write(command.fixture("\(program).pt2"), to: "model.pt2")
            #expect(try command.run("build model.pt2 -t headset --no-cache").status == 0)
            images[program] = try command.image("model.headset")
        }
        return images
    }

    private enum State: CaseIterable { case nothing, unchanged, edited }

    @Test(.disabled(if: isForbidden, "processes cannot be traced here"))
    func `A system call that fails ends in a diagnostic or in nothing, and the next build is right`() throws {
        try #require(Self.hasStrace, "install strace, as `make test` does")
        let (command, kept) = (try Command(), try Command())
        func build(_ trace: String = "") throws -> Command.Result { try command.run("build model.pt2 -t headset", environment: trace) }
        func replace(_ target: String, by source: String) throws {
            try? FileManager.default.removeItem(atPath: target)
            try FileManager.default.copyItem(atPath: source, toPath: target)
        }
        let images = try images(command)
        #expect(try build().status == 0)
        let (store, warm) = ("\(command.directory)/.reglaze", "\(kept.directory)/warm")
        try replace(warm, by: store)

        var generator = SeededGenerator(seed: 1)
        var failed = 0
        for step in 0..<Self.count {
            let state = State.allCases.randomElement(using: &generator) ?? .nothing
            let program = state == .edited ? "tiny_cnn.edited" : "tiny_cnn"
            let (call, often) = Self.calls.randomElement(using: &generator) ?? ("read", 1)
            let error = Self.errors.randomElement(using: &generator) ?? "EIO"
            // The first calls are of the process's start: those that map its memory are no business of ours.
            let place = Int.random(in: (call == "mmap" ? 5 : 1)...often, using: &generator)
            let goesOn = call != "mmap" && Bool.random(using: &generator)
            try replace(store, by: warm)
            if state == .nothing { try FileManager.default.removeItem(atPath: store) }
            try command.write(command.fixture("\(program).pt2"), to: "model.pt2")

            let trace = "strace -f -qq -o trace.txt -e trace=\(call) -e inject=\(call):error=\(error):when=\(place)\(goesOn ? "+" : "")"
            let result = try build(trace)
            if try FilePath.text("\(command.directory)/trace.txt")?.contains("(INJECTED)") == true { failed += 1 }
            let told: Comment =
                "step \(step), \(state): \(call) \(place)\(goesOn ? " and after" : "") \(error): \(result.status) \(result.errors)"
            #expect([0, 1, 2, 6].contains(result.status), told)
            if result.status == 0 { #expect(try command.image("model.headset") == images[program], told) }
            // No fault of ours; and what could not be read is not for that damaged.
            #expect(!result.errors.contains(#/\[[A-Z]9[0-9]{2}\]|S004/#), told)
            for again in ["next", "the one after"] {
                let whole = try build()
                #expect(whole.status == 0 && !whole.errors.contains("error["), "\(again): \(whole.errors), after \(told)")
                #expect(try command.image("model.headset") == images[program], "\(again), after \(told)")
                if again != "next" { #expect(!whole.errors.contains("warning["), "\(whole.errors), after \(told)") }
            }
        }
        #expect(failed > Self.count / 3, "most calls are made too seldom to fail: \(failed) of \(Self.count)")
    }
}
