import Basics
import Glibc
import Testing

/// Whether a file's times tell its states apart.
@Suite struct FineTimesTests {
    @Test(arguments: [
        ("6.13.0", true), ("6.18.44-fc-v595", true), ("7.0-rc1", true), ("6.12.9", false), ("5.15.0-91-generic", false), ("weird", false),
    ])
    func `Kernels are told apart`(release: String, isNew: Bool) { #expect(FineTimes.isNew(release: release) == isNew) }

    @Test func `The file system of a device is read from the table of mounts`() {
        let line = "27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw,discard"
        #expect(FineTimes.fileSystem(ofDevice: 254 << 8, inMount: line) == "ext4")
        #expect(FineTimes.fileSystem(ofDevice: 254 << 8 | 1, inMount: line) == nil)
        #expect(FineTimes.fileSystem(ofDevice: 254 << 8, inMount: "27 1 254:0 / /") == nil)
        #expect(FineTimes.fileSystem(ofDevice: 0, inMount: "") == nil)
        // A number of more than eight bits lies apart.
        #expect(FineTimes.fileSystem(ofDevice: (259 << 8) | 7 | (1 << 20), inMount: "1 1 259:263 / / rw - xfs x rw") == "xfs")
    }

    /// What the engine relies on: if a state that was looked at counts as settled at once, no later state has its signature.
    @Test func `A signature that counts as settled is no other state's`() throws {
        let path = "/tmp/reglaze-times-\(getpid())"
        defer { unlink(path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        for round in 0..<500 {
            pwrite(descriptor, [UInt8(round & 255)], 1, 0)
            let signature = try #require(StatSignature(path: path))
            guard signature.isSettled(at: StatSignature.now()) else { continue }
            pwrite(descriptor, [UInt8(round & 255 ^ 1)], 1, 0)
            #expect(StatSignature(path: path) != signature, "round \(round)")
        }
        let old = try #require(StatSignature(path: path))
        #expect(old.isSettled(at: StatSignature.now() + 3_000_000_000), "what was changed long ago is settled everywhere")
    }

    @Test func `A file that took another's place is known by what was written`() throws {
        let path = "/tmp/reglaze-replaced-\(getpid())"
        defer { unlink(path) }
        for text in ["first", "second", "third"] {
            var file = try ReplacingFile(path: path)
            try file.reserve(bytes: text.utf8.count)
            try file.append(Array(text.utf8))
            let signature = try file.commit()
            #expect(signature == StatSignature(path: path) && signature?.size == Int64(text.utf8.count))
            #expect(try ByteStorage(mapping: path).array == Array(text.utf8))
        }
    }

    /// Two processes may have one number, in two containers that share a folder: the drafts of one file are never one file.
    @Test func `Two that write one file at once each write all of it`() throws {
        let path = "/tmp/reglaze-written-twice-\(getpid())"
        defer { unlink(path) }
        let texts = ["the first of two", "second"]
        var first = try ReplacingFile(path: path)
        var second = try ReplacingFile(path: path)
        try first.append(Array(texts[0].utf8.prefix(4)))
        try second.append(Array(texts[1].utf8.prefix(4)))
        try first.append(Array(texts[0].utf8.dropFirst(4)))
        try second.append(Array(texts[1].utf8.dropFirst(4)))
        try first.commit()
        #expect(try ByteStorage(mapping: path).array == Array(texts[0].utf8))
        try second.commit()
        #expect(try ByteStorage(mapping: path).array == Array(texts[1].utf8))
    }

    /// What a build that is ended by Ctrl-C or a kill would leave in the user's folder.
    @Test func `A file that is being written has no name yet`() throws {
        let folder = "/tmp/reglaze-nameless-\(getpid())"
        mkdir(folder, 0o755)
        defer { rmdir(folder) }
        // Not on every file system.
        let probe = open(folder, 0o20_000_000 | O_DIRECTORY | O_WRONLY, 0o666)
        guard probe >= 0 else { return }
        close(probe)
        var file = try ReplacingFile(path: folder + "/image")
        try file.append(Array("all of it".utf8))
        #expect(rmdir(folder) == 0, "there is a name in the folder")
        mkdir(folder, 0o755)
        try file.commit()
        #expect(try ByteStorage(mapping: folder + "/image").array == Array("all of it".utf8))
        unlink(folder + "/image")
    }
}
