import Basics
import Foundation
import Pipeline
import Testing

/// A result that nobody could read is no success, and a stream that is not there harms nothing.
@Suite struct StandardStreamsTests {
    private func workspace() throws -> Command {
        let command = try Command()
        try command.write("[workspace]\ntargets = [\"headset\"]\n[models.cnn]\nprogram = \"cnn.pt2\"\n", to: "reglaze.toml")
        try command.write(command.fixture("tiny_cnn.pt2"), to: "cnn.pt2")
        return command
    }

    @Test(arguments: ["build --json", "target list", "inspect cnn --stage asm"])
    func `A result that cannot be written is an error`(arguments: String) throws {
        let result = try workspace().run(arguments, streams: ">/dev/full 2>err.txt </dev/null")
        #expect(result.status == 2 && result.errors.contains("error[W014]: cannot write the result to stdout: No space left"), "\(result)")
    }

    /// The next file that is opened would get the descriptor, and the result would be written into it.
    @Test(arguments: [">&- 2>err.txt", ">&- 2>&- <&-"]) func `Streams that were closed are no files of ours`(streams: String) throws {
        let command = try workspace()
        for _ in 0..<2 {
            let result = try command.run("build --json", streams: streams)
            #expect(result.status == 0 && result.errors.contains("error") == false, "\(result)")
        }
        let verified = try command.run("cache verify --json")
        #expect(verified.status == 0 && verified.output.contains("\"damaged_records\":0"), "\(verified)")
        #expect(try command.run("build --json").output.contains("\"compiled\":0"))
    }

    @Test func `A reader that goes away ends the output and not the build`() throws {
        let command = try workspace()
        // Gone before the first word is written.
        _ = try command.run("build --verbose", environment: "{ sleep 0.3;", streams: "; } 2>&1 | true")
        let image = "\(command.directory)/build/cnn.headset.rgi"
        let start = ContinuousClock.now
        while !FilePath.exists(image), ContinuousClock.now - start < .seconds(20) { usleep(10_000) }
        #expect(FilePath.exists(image))
    }

    @Test func `A pipe that does not block carries the whole result`() throws {
        let command = try workspace()
        let expected = try command.run("inspect cnn --stage asm").output
        let pipe = Pipe()
        let writer = pipe.fileHandleForWriting.fileDescriptor
        // Small, so that it is full before the reader begins: F_SETPIPE_SZ, which is a GNU extension.
        let setPipeSize: Int32 = 1031
        _ = fcntl(writer, setPipeSize, 4096)
        _ = fcntl(writer, F_SETFL, fcntl(writer, F_GETFL) | O_NONBLOCK)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Command.executable))
        process.arguments = ["inspect", "cnn", "--stage", "asm"]
        process.currentDirectoryURL = URL(fileURLWithPath: command.directory)
        process.standardOutput = pipe
        try process.run()
        try pipe.fileHandleForWriting.close()
        usleep(200_000)
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(expected.utf8.count > 4096 && output == expected && process.terminationStatus == 0)
    }
}
