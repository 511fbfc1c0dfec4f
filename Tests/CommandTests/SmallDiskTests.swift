import Basics
import Foundation
import Testing

/// Builds whose store, or whose images, lie on a real disk that is too small: a `tmpfs` of a few pages, in a namespace of its own.
@Suite struct SmallDiskTests {
    /// The command that follows runs with an empty disk of so many KiB in the place of a directory.
    private static func disk(_ kibibytes: Int, at directory: String) -> String {
        "unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=\(kibibytes)k none \(directory) && exec \"$@\"' sh"
    }

    /// A container may forbid to mount anything.
    private static let isForbidden = system("\(disk(4, at: "/mnt")) true >/dev/null 2>&1") != 0

    @Test(.disabled(if: isForbidden, "nothing can be mounted here"), arguments: [4, 8, 16, 68, 80, 100, 200])
    func `A store that finds no room is done without`(kibibytes: Int) throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        #expect(try command.run("build model.pt2 -t headset --no-cache").status == 0)
        let image = try command.image("model.headset")
        try FileManager.default.createDirectory(atPath: "\(command.directory)/.reglaze", withIntermediateDirectories: true)

        // Three builds on one disk: the later ones find what the first could write of a store.
        let builds = "for n in 1 2 3; do \"$@\" || exit $?; done"
        let result = try command.run(
            "build model.pt2 -t headset", environment: "\(Self.disk(kibibytes, at: ".reglaze")) sh -c '\(builds)' sh")
        #expect(result.status == 0 && result.errors.contains("[S002]"), "\(result.status) \(result.errors)")
        #expect(!result.errors.contains("error"), "\(result.errors)")
        #expect(try command.image("model.headset") == image)
    }

    @Test(.disabled(if: isForbidden, "nothing can be mounted here"))
    func `An image that finds no room is no image, and the build says so`() throws {
        let command = try Command()
        try command.write(command.fixture("tiny_cnn.pt2"), to: "model.pt2")
        try FileManager.default.createDirectory(atPath: "\(command.directory)/build", withIntermediateDirectories: true)
        let result = try command.run("build model.pt2 -t headset", environment: Self.disk(4, at: "build"))
        #expect(result.status == 2 && result.errors.contains("[W012]"), "\(result.status) \(result.errors)")
        let again = try command.run("build model.pt2 -t headset")
        #expect(again.status == 0 && !again.errors.contains("["), "\(again.status) \(again.errors)")
    }
}
